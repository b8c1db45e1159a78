"""Where weights come from: a run folder, a file, or what somebody has published."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zoo_core.common.errors import RunError
from zoo_core.common.files import as_path, is_file, is_missing
from zoo_core.common.messages import did_you_mean
from zoo_core.common.tables import ENDINGS
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.config.run_folder import RunFolder
from zoo_core.registry.foreign_weights import fetch_published
from zoo_core.registry.registry import default_registry
from zoo_core.registry.unsupported import why_unsupported

__all__ = ["WeightSource", "required_config", "required_source", "weight_source"]


@dataclass(frozen=True)
class WeightSource:
    """Weights, and what is known about the detector to which they belong.

    Attributes:
        file: a ``.params`` file.
        config: configuration of the detector; None where nothing says which it is.
    """

    file: Path
    config: DetectorConfig | None


def weight_source(given: str | Path, progress: Callable[[int, int | None], None] | None = None) -> WeightSource:
    """The file of weights that is meant, fetched if need be.

    Args:
        given: a run folder; a ``.params`` file in one; any other ``.params`` file, of which the
            detector is known when the file is named by it, as ``ssd_512_mobilenet1.0_voc-37c18076.params``; or
            ``library:name`` for weights that a library has published and a plugin can fetch.
        progress: called while fetching, with the bytes that are there and the number of all, where it is known.

    Raises:
        RunError: the file or folder does not exist, is damaged, or could not be fetched.
        UnknownNameError, PluginError, MissingPackageError: as `fetch_published`.
    """
    registry = default_registry()
    if registry.is_published(str(given)):
        file = fetch_published(registry, str(given), progress)
        return WeightSource(file, _named_by(file))
    path = as_path(given)
    if is_file(path) and path.suffix.lower() in (*ENDINGS, ".onnx"):
        raise RunError(f"{path}: is not a file of weights; give the run folder that zoo train leaves")
    if is_missing(path):
        raise _absent(path, str(given))
    if is_file(path) and not is_file(path.parent / "config.yaml"):
        return WeightSource(path, _named_by(path))
    run = RunFolder.open(path)
    return WeightSource(path if is_file(path) else run.weights, run.config)


def _absent(path: Path, given: str) -> RunError:
    registry = default_registry()
    guess = did_you_mean(given, registry.published())
    if given in registry.detectors():
        return RunError(f"{given}: is a detector without weights; give the run folder of zoo train {given}{guess}")
    why = f": {left_out}" if (left_out := why_unsupported(given)) else ""
    return RunError(f"{path}: no such run folder, and no such file of weights{why}{guess}")


def required_source(config: DetectorConfig) -> str:
    """Where a detector has its weights from, and its network with them, for engines that make none.

    Raises:
        RunError: nothing says it.
    """
    if config.weights.source is None:
        raise RunError(
            "a new network is made by MXNet, which is not here; begin from the weights of a run: "
            "--set weights.source=RUN (zoo train CONFIG --weights RUN is the same)"
        )
    return config.weights.source


def required_config(source: WeightSource) -> DetectorConfig:
    """The configuration of the detector to which weights belong.

    Raises:
        RunError: nothing says which detector it is.
    """
    if source.config is None:
        raise RunError(
            f"{source.file}: its name does not say to which detector it belongs; "
            "give the detector: config=... in Python, --config on the command line"
        )
    return source.config


def _named_by(file: Path) -> DetectorConfig | None:
    """The detector whose name a file begins with, the longest if there are several."""
    names = [name for name in default_registry().detectors() if re.match(rf"{re.escape(name)}(?![A-Za-z])", file.name)]
    return load_config(max(names, key=len)) if names else None
