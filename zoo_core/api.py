"""The calls of the Python API that bring the other modules together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo_core.config import DetectorConfig
from zoo_core.config_files import Overrides, load_config
from zoo_core.errors import ConfigError, Problem
from zoo_core.registry import default_registry, make

if TYPE_CHECKING:
    from zoo_core.detector import Detector
    from zoo_core.gluon.trainer import Step
    from zoo_core.interfaces import Dataset
    from zoo_core.run import Run

__all__ = ["build", "dataset", "detectors", "load", "resume", "train"]

ConfigSource = str | Path | Mapping[str, Any] | DetectorConfig


def detectors() -> dict[str, str]:
    """The registered detectors: a line about each, by name."""
    return {name: str(config.get("summary", "")) for name, config in default_registry().detectors().items()}


def build(config: ConfigSource, overrides: Overrides | None = None) -> Detector:
    """A detector with new weights, which depend on ``training.seed`` alone.

    Args:
        config: a configuration, or anything that `load_config` takes.
        overrides: settings that replace those of the configuration.

    Raises:
        ConfigError: the parts do not fit; nothing heavy was done.
        MissingPackageError: MXNet, or a package that a part needs, is not installed.
    """
    settings = load_config(config, overrides)
    from zoo_core.detector import Detector
    from zoo_core.gluon.engine import GluonEngine

    return Detector(settings, GluonEngine(settings))


def load(path: str | Path, overrides: Overrides | None = None, config: ConfigSource | None = None) -> Detector:
    """The detector in a run folder, or of a file of weights.

    Args:
        path: a folder that `train` made; a ``.params`` file in one; one that GluonCV wrote; or
            ``gluoncv:NAME`` for the weights that GluonCV published for a detector.
        overrides: settings that replace those of the detector, as ``nms.score`` or ``device``.
        config: the detector, where the run or the name of the file does not say it.

    Raises:
        RunError: the folder or file is missing, incomplete, damaged or of another network; says which is at fault.
        MissingPackageError: MXNet, or a package that a part needs, is not installed.
    """
    from zoo_core.weight_sources import required_config, weight_source

    source = weight_source(path)
    settings = load_config(required_config(source) if config is None else config, overrides)
    from zoo_core.detector import Detector
    from zoo_core.gluon.engine import GluonEngine

    return Detector(settings, GluonEngine(settings, source.file))


def dataset(config: ConfigSource, split: Literal["train", "validation"] = "validation") -> Dataset:
    """The images of a configuration's data set on which it trains or is scored.

    Raises:
        ConfigError: the configuration names no data set.
        DatasetError: the data set is missing, faulty, or does not fit the classes.
    """
    settings = load_config(config)
    if settings.data is None:
        raise ConfigError("data", [Problem("data", "is required for this, and was not given")])
    opened: Dataset = getattr(make(settings.data), split)(settings.classes)
    return opened


def train(
    config: ConfigSource,
    out: str | Path | None = None,
    overrides: Overrides | None = None,
    watch: Callable[[Step], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Train a detector, score it on the validation images, and keep both in a run folder.

    The first Ctrl-C ends after the step and a checkpoint, the second at once; `resume` goes on.

    Args:
        config: a configuration, or anything that `load_config` takes.
        out: a new or empty folder; ``runs/`` and the time by default.
        overrides: settings that replace those of the configuration.
        watch: called after every step.
        progress: called while scoring, with the images done and the number of all.

    Raises:
        ConfigError: the configuration has faults, or names no data set.
        DatasetError: the data set is missing, faulty, or does not fit the classes.
        RunError: there is something in the folder already.
        TrainingError: the loss is no longer a number or has exploded, or the disk is full; says what to do.
    """
    settings = load_config(config, overrides)
    from zoo_core import training

    begun = training.begin(settings, Path(out) if out else None)
    begun(watch, progress)
    return begun.run


def resume(
    folder: str | Path,
    watch: Callable[[Step], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Go on with a training that was stopped, from its last checkpoint, which may be in the middle of an epoch.

    Weights, the state of the optimiser, the schedule, the order of the images and their augmentation are
    as they would have been, so that on one CPU the trained weights are the same to the last bit. Where versions or
    settings are other than those of the checkpoint, a warning says so.

    Args:
        folder: a run folder.
        watch: called after every step.
        progress: called while scoring, with the images done and the number of all.

    Raises:
        RunError: the folder is missing, damaged or no run, or training has ended there.
        DatasetError: the data set is no longer there.
        TrainingError: the loss is no longer a number or has exploded, or the disk is full; says what to do.
    """
    from zoo_core import training

    stopped = training.resume(Path(folder))
    for change in stopped.changes:
        warnings.warn(change, stacklevel=2)
    stopped(watch, progress)
    return stopped.run
