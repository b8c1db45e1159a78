"""Training by one call."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from zoo_core.common.arguments import CALLBACK, PATH, TEXT, checked, one_of
from zoo_core.common.files import as_path
from zoo_core.config.engines import ENGINES, EngineName
from zoo_core.config.loading import ConfigSource, load_config
from zoo_core.config.overrides import Overrides
from zoo_core.config.run_folder import CIRCUMSTANCES_OF_TRAINING

if TYPE_CHECKING:
    from zoo_core.training.events import StepEvent
    from zoo_core.training.run import Run

__all__ = ["resume", "train"]


@checked(out=PATH, watch=CALLBACK, progress=CALLBACK)
def train(
    config: ConfigSource,
    out: str | Path | None = None,
    overrides: Overrides | None = None,
    watch: Callable[[StepEvent], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Train a detector, score it on the validation images, and keep both in a run folder.

    The first Ctrl-C ends after the step and a checkpoint, the second at once; `resume` continues.

    Args:
        config: a configuration, or anything that `load_config` takes.
        out: a new or empty folder; ``runs/`` and the time by default.
        overrides: settings that replace those of the configuration.
        watch: called after every step.
        progress: called while scoring, with the images done and the number of all.

    Raises:
        ConfigError: the configuration is invalid, or names no data set.
        DatasetError: the data set is missing, broken, or does not fit the classes.
        RunError: the folder is not empty.
        TrainingError: the loss is no longer a number or has exploded, or the disk is full; says what to do.
    """
    settings = load_config(config, overrides)
    from zoo_core.training import running

    begun = running.begin(settings, as_path(out) if out else None)
    begun(watch, progress)
    return begun.run


@checked(
    folder=PATH, watch=CALLBACK, progress=CALLBACK, data_root=PATH, engine=one_of(*ENGINES), device=TEXT, precision=TEXT
)
def resume(
    folder: str | Path,
    watch: Callable[[StepEvent], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    data_root: str | Path | None = None,
    engine: EngineName | None = None,
    device: str | None = None,
    precision: str | None = None,
) -> Run:
    """Resume a training that was stopped from its last checkpoint, which may be in the middle of an epoch.

    Weights, the state of the optimiser, the schedule, the order of the images and their augmentation are
    as they would have been, so that on one CPU the trained weights are the same to the last bit. Where versions,
    settings or the data differ from those of the checkpoint, a warning says so.

    Args:
        folder: a run folder.
        watch: called after every step.
        progress: called while scoring, with the images done and the number of all.
        data_root: the folder of the data set, if that has moved since; it becomes that of the run.
        engine: what runs the network from here on: ``auto``, ``mxnet`` or ``torch``; that of the run by default.
        device: where, likewise.
        precision: in which it computes there, as the setting ``training.precision``.

    Raises:
        RunError: the folder is missing, damaged or not a run, another process trains in it, or training has ended.
        DatasetError: the data set is no longer there.
        TrainingError: the loss is no longer a number or has exploded, or the disk is full; says what to do.
    """
    from zoo_core.training import running

    root = None if data_root is None else str(as_path(data_root))
    moved = dict(zip(CIRCUMSTANCES_OF_TRAINING, (root, engine, device, precision), strict=True))
    stopped = running.resume(as_path(folder), {name: value for name, value in moved.items() if value is not None})
    for change in stopped.changes:
        warnings.warn(change, stacklevel=2)
    stopped(watch, progress)
    return stopped.run
