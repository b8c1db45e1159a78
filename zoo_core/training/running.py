"""From a configuration, or a run that was stopped, to a training that is ready to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import DatasetError, RunError
from zoo_core.common.files import as_path, is_file, is_folder
from zoo_core.common.writing import check_folder_writable, remove_unfinished, writing
from zoo_core.config.absent_parts import require_parts
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.config.machine_memory import require_memory
from zoo_core.config.run_folder import new_folder
from zoo_core.data.opening import dataset
from zoo_core.engines.opening import build, new_detector
from zoo_core.prediction.detector import Detector
from zoo_core.training.checkpoints import Checkpoints
from zoo_core.training.lock import TrainingLock
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.run import Run
from zoo_core.training.session import TrainingSession, batches_for, leave_no_start

__all__ = ["MakeLoop", "begin", "resume", "training_loop"]

MakeLoop = Callable[[Detector, Dataset], TrainingLoop]
"""Makes the loop that trains a detector on the images of a data set."""


def training_loop(detector: Detector, train_set: Dataset) -> TrainingLoop:
    """The loop that trains in this process."""
    return TrainingLoop(detector.config, detector.engine, batches_for(detector, train_set))


def begin(
    config: DetectorConfig,
    out: Path | None = None,
    fetch: Callable[[str | None], None] | None = None,
    make_loop: MakeLoop = training_loop,
) -> TrainingSession:
    """Prepare a new training: everything that can be wrong with the input is found here.

    Args:
        config: configuration of the detector.
        out: a new or empty folder; ``runs/`` and the time by default.
        fetch: called with the source of the weights before they are read.
        make_loop: makes the training loop: in this process, or on a cluster.

    Raises:
        ConfigError, DatasetError, RunError: as `zoo_core.train`.
    """
    require_parts(config)
    if out:
        check_folder_writable(out, RunError)
        _refuse_content(Run(as_path(out), config))
    train_set, validation_set = dataset(config, "train"), dataset(config, "validation")
    largest = config.training.input_sizes(config.input_size)[-1]
    require_memory(config, min(config.training.batch_size, len(train_set)), largest)
    if fetch:
        fetch(config.weights.source)
    detector = build(config)
    prepared = make_loop(detector, train_set)  # a machine that cannot train like that leaves no folder behind
    run, lock = _new_run(config, out)
    try:
        with writing(run.folder, RunError):
            detector.engine.graphs().write(run.network)
        if detector.engine.transfer:
            run.write_transfer(str(detector.engine.transfer))
        return TrainingSession(run, lock, detector, prepared, train_set, validation_set)
    except BaseException:
        leave_no_start(run, lock)
        raise


def _new_run(config: DetectorConfig, out: Path | None) -> tuple[Run, TrainingLock]:
    """A run and the lock of its folder, which of two that begin at once only one gets."""
    run = Run(new_folder() if out is None else as_path(out), config)
    _refuse_content(run)
    lock = TrainingLock(run.lock)
    return Run.create(config, run.folder), lock


def _refuse_content(run: Run) -> None:
    """Refuse a folder that is not free, before anything is read, and before a lock is left among somebody's files."""
    if not is_file(run.lock):  # else another training may just begin there
        run.refuse_content()


def resume(
    folder: Path, moved: Mapping[str, Any] | None = None, make_loop: MakeLoop = training_loop
) -> TrainingSession:
    """Prepare to resume a training that was stopped.

    Args:
        folder: folder of the run.
        moved: what is different from where it was stopped; see `RunFolder.elsewhere`.
        make_loop: as for `begin`.

    Raises:
        ConfigError, DatasetError, RunError: as `zoo_core.resume`.
    """
    run = Run.open_stopped(folder)
    lock = TrainingLock(run.lock)
    run.refuse_ended()  # by another process, meanwhile
    if moved:
        run = run.elsewhere(moved)
    checkpoint = Checkpoints(run.checkpoints).last()
    for each in (run.folder, run.checkpoints):
        remove_unfinished(each)
    train_set, validation_set = _data_of(run)
    # The checkpoint replaces the weights from which training began.
    detector = new_detector(load_config(run.config, {"weights.source": None}), checkpoint=checkpoint.path)
    prepared = make_loop(detector, train_set)
    ready = TrainingSession(run, lock, detector, prepared, train_set, validation_set, checkpoint)
    if moved:
        run.write_config()
    return ready


def _data_of(run: Run) -> tuple[Dataset, Dataset]:
    """The images to train on and those to score on of a run that is resumed."""
    try:
        return dataset(run.config, "train"), dataset(run.config, "validation")
    except DatasetError as error:
        root = getattr(run.config.data, "root", None)
        if root is None or is_folder(as_path(root)):
            raise
        where = f"zoo train {run.folder} --resume --set data.root=FOLDER"
        raise DatasetError(f"{error}\n  if the data has moved, say where it is now: {where}") from None
