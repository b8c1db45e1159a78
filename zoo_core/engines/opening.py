"""From a configuration, and weights where there are some, to a detector."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo_core.common.arguments import COUNT, PATH, checked
from zoo_core.common.errors import ArgumentError, MissingPackageError, RunError
from zoo_core.common.files import as_path
from zoo_core.common.optional_packages import missing
from zoo_core.config.engines import chosen_engine, has_mxnet, require_network_engine
from zoo_core.config.loading import ConfigSource, load_config, load_for_prediction
from zoo_core.config.machine_memory import require_memory
from zoo_core.config.overrides import Overrides, with_settings

if TYPE_CHECKING:
    from zoo_core.config.detector import DetectorConfig
    from zoo_core.engines.onnx.runtime import ExportedDetector
    from zoo_core.prediction.detector import Detector
    from zoo_core.prediction.engine import Engine


__all__ = ["build", "described", "is_exported", "load", "new_detector", "require_network"]


def build(config: ConfigSource, overrides: Overrides | None = None) -> Detector:
    """A detector with new weights, which depend on ``training.seed`` alone.

    Args:
        config: a configuration, or anything that `load_config` takes.
        overrides: settings that replace those of the configuration.

    Raises:
        ConfigError: the parts are incompatible, or too large for the memory of this machine; nothing heavy was done.
        MissingPackageError: MXNet, or a package that a part needs, is not installed.
    """
    settings = load_config(config, overrides)
    require_memory(settings)
    return new_detector(settings)


def new_detector(config: DetectorConfig, weights: Path | None = None, checkpoint: Path | None = None) -> Detector:
    """A detector on its engine: the one function that brings these two together.

    Args:
        config: configuration of the detector.
        weights: a file of weights; those from which the configuration starts when None.
        checkpoint: of a training that goes on, whose learner sets all weights; in its run an engine that cannot make
            a network finds what it computes.
    """
    from zoo_core.prediction.detector import Detector

    return Detector(config, _engine(config, weights, checkpoint))


def require_network(config: DetectorConfig) -> None:
    """Refuse a configuration of which no network can be made here, whatever its parts are; nothing heavy is done.

    Raises:
        MissingPackageError: its engine is not the one that is here.
        RunError: MXNet, which makes new networks, is not here, and there are no weights to begin from.
    """
    from zoo_core.engines.weight_sources import required_source

    if _engine_of(config) == "torch" and not has_mxnet():
        required_source(config)


def _engine_of(config: DetectorConfig) -> Literal["mxnet", "torch"]:
    """What runs the network: MXNet where it is, unless the configuration says otherwise."""
    if config.engine == "mxnet" and chosen_engine("auto") == "torch":
        raise MissingPackageError(
            "the configuration says engine: mxnet, and MXNet does not run here, but PyTorch does: "
            "--engine torch, or --set engine=torch"
        )
    return chosen_engine(config.engine)


def _engine(config: DetectorConfig, weights: Path | None, checkpoint: Path | None) -> Engine:
    if _engine_of(config) == "mxnet":
        from zoo_core.engines.gluon.engine import GluonEngine

        return GluonEngine(config, weights)
    try:
        from zoo_core.engines.torch.opening import torch_engine
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return torch_engine(config, weights, checkpoint)


@checked(path=PATH, threads=COUNT)
def load(
    path: str | Path,
    overrides: Overrides | None = None,
    config: ConfigSource | None = None,
    *,
    engine: str | None = None,
    device: str | None = None,
    precision: str | None = None,
    threads: int | None = None,
) -> Detector | ExportedDetector:
    """The detector in a run folder, of a file of weights, or in a file that `export` wrote.

    Args:
        path: a folder that `train` made; a ``.params`` file in one; one that another library wrote, if
            a plugin knows its names; ``library:name`` for weights that it has published (``zoo list weights``);
            or an ``.onnx`` file, for which neither MXNet nor any plugin is needed.
        overrides: settings that replace those of the detector, as ``nms.score`` or ``device``.
        config: the detector, where the run or the name of the file does not say it.
        engine: ``mxnet``, ``torch`` or ``auto``, as the setting; for an ``.onnx`` file ``onnxruntime`` or ``openvino``.
        device: as the setting; for an ``.onnx`` file as `ExportedDetector` says.
        precision: ``float32``, ``bfloat16`` or ``float16``; for an ``.onnx`` file.
        threads: how many compute on the processor; for an ``.onnx`` file.

    Raises:
        RunError: the folder or file is missing, incomplete, damaged or of another network; says which it is.
            Or settings are to be replaced in an ``.onnx`` file, in which all are fixed.
        MissingPackageError: MXNet, ONNX Runtime, or a package that a part needs, is not installed.
        ArgumentError: such a detector cannot be run so.
    """
    if is_exported(path):
        how = {"engine": engine, "device": device, "precision": precision, "threads": threads}
        return _exported(as_path(path), overrides, config, how)
    for name, value in (("precision", precision), ("threads", threads)):
        if value is not None:
            raise ArgumentError(f"{name} is for an exported file, and {as_path(path)} is not one: see zoo export")
    if engine is not None:
        require_network_engine(engine)
    return new_detector(*described(path, with_settings(overrides, engine=engine, device=device), config))


def described(
    source: str | Path, overrides: Overrides | None, config: ConfigSource | None
) -> tuple[DetectorConfig, Path]:
    """The settings of a detector and the file of its weights, of what `load` takes; nothing heavy is done yet.

    Raises:
        RunError: as `load`, or nothing says which detector it is.
    """
    from zoo_core.engines.weight_sources import required_config, weight_source

    weights = weight_source(source)
    return load_for_prediction(required_config(weights) if config is None else config, overrides), weights.file


def is_exported(path: str | Path) -> bool:
    """Whether a path names a file that `export` wrote, by its ending."""
    return Path(path).suffix.lower() == ".onnx"


def _exported(
    path: Path, overrides: Overrides | None, config: ConfigSource | None, how: Mapping[str, Any]
) -> ExportedDetector:
    if overrides or config is not None:
        raise RunError(
            f"{path}: all settings of an exported file are fixed; "
            "give them when exporting: zoo export RUN FILE --set ... "
            "(how it is run is said by engine, device, precision and threads)"
        )
    from zoo_core.engines.onnx.runtime import ExportedDetector

    return ExportedDetector(path, **how)
