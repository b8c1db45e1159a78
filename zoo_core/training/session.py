"""A training that is ready to run: train, score, keep both, and what is needed to go on after a stop."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import RunError, TrainingError
from zoo_core.data.pipeline.batches import Batch
from zoo_core.data.pipeline.images import write_image
from zoo_core.evaluation.evaluate import evaluate
from zoo_core.evaluation.report import Report
from zoo_core.prediction.detector import Detector
from zoo_core.training.batch_sheet import batch_sheet
from zoo_core.training.batches import batches_for
from zoo_core.training.best import BestScore
from zoo_core.training.checkpoint_state import CheckpointState
from zoo_core.training.checkpoints import Checkpoint, Checkpoints
from zoo_core.training.circumstances import circumstances, with_later_settings
from zoo_core.training.curves import write_curves
from zoo_core.training.data_state import data_changes, data_state
from zoo_core.training.interruption import Interruption
from zoo_core.training.lock import TrainingLock
from zoo_core.training.log import TrainingLog
from zoo_core.training.loop import Step, TrainingLoop
from zoo_core.training.run import Run

__all__ = ["Progress", "TrainingSession", "Watch", "batches_for", "leave_no_start"]

Watch = Callable[[Step], None]


Progress = Callable[[int, int], None]


def leave_no_start(run: Run, lock: TrainingLock) -> None:
    """Leave a folder as it was before a training that made no step; one that is empty then goes."""
    with suppress(OSError, RunError):  # whatever ended the training is what counts
        run.discard_start()
    lock.release()
    with suppress(OSError):
        run.folder.rmdir()


class TrainingSession:
    """A training that is ready to run.

    Args:
        run: where results go.
        lock: lock of its folder; released when the training ends, in whatever way.
        detector: the detector with the initial weights; runs on MXNet.
        training: training loop of its network.
        train_set: the images to learn from.
        validation_set: the images to score on.
        checkpoint: where to resume; None for a new training.

    Attributes:
        changes: what has changed since the checkpoint was made, in words.
    """

    def __init__(
        self,
        run: Run,
        lock: TrainingLock,
        detector: Detector,
        training: TrainingLoop,
        train_set: Dataset,
        validation_set: Dataset,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self.run, self.detector, self.train_set, self.validation_set = run, detector, train_set, validation_set
        self._lock = lock
        self._data = data_state(train_set=train_set, validation_set=validation_set)
        self._settings = settings = run.config.training
        self._training = training
        self._checkpoints = Checkpoints(run.checkpoints, settings.checkpoints.keep)
        self._log = TrainingLog(
            run.log, settings.log_every, run.folder / "tensorboard" if settings.tensorboard else None
        )
        self._best = BestScore()
        self._last_report: Report | None = None
        self._saved_at = time.monotonic()
        self.changes: list[str] = []
        if checkpoint:
            state = CheckpointState.of(checkpoint)
            before = replace(checkpoint, state=with_later_settings(checkpoint.state))
            self.changes = [
                *before.changes(circumstances(run.config)),
                *data_changes(state.model_dump()["data"], self._data),
            ]
            self._training.restore(checkpoint, state)
            with self._writing():
                self._log.restore(state.step, state.log.model_dump())
            self._best = BestScore(**state.best.model_dump())

    @property
    def steps_done(self) -> int:
        """Number of steps made, of all."""
        return self._training.steps_done

    @property
    def steps(self) -> int:
        """Those of the whole training."""
        return self._training.steps_in_all

    @property
    def checkpoint_step(self) -> int | None:
        """The step of the last checkpoint that was written; None when there is none."""
        return self._checkpoints.last_step

    @property
    def precision(self) -> str:
        """The number format in which the network computes."""
        return self._training.precision

    @property
    def runs_on(self) -> str:
        """What computes, and where: ``PyTorch on cpu``."""
        return self._training.runs_on

    def __call__(
        self,
        watch: Watch | None = None,
        progress: Progress | None = None,
        noticed: Callable[[], None] | None = None,
        scored: Callable[[int, float, BestScore], None] | None = None,
    ) -> Report:
        """Train, and score the weights that are kept: the best where training scored on the way, else the last.

        The first Ctrl-C or termination ends after the step and a checkpoint, the second at once.

        Args:
            watch: called after every step.
            progress: called while scoring, with the images done and the number of all.
            noticed: called at the first Ctrl-C.
            scored: called when training has scored on the way, with the epoch, its score, and the best so far.

        Raises:
            TrainingError: the loss has diverged, or results cannot be written; says what to do.
        """
        try:
            return self._run(watch, progress, noticed, scored)
        finally:
            self.close()

    def close(self) -> None:
        """Let others train here; where not even a first step was made, nothing is left of the start."""
        if self.steps_done == 0:
            leave_no_start(self.run, self._lock)
        self._lock.release()

    def _run(
        self,
        watch: Watch | None,
        progress: Progress | None,
        noticed: Callable[[], None] | None,
        scored: Callable[[int, float, BestScore], None] | None,
    ) -> Report:
        with Interruption(noticed) as interruption, self._log, self._drawing_what_diverged():
            if self._training.at_epoch_end:
                self._after_epoch(progress, interruption, scored)  # a checkpoint is of the moment before this
            for step in () if self._is_done() else self._training.steps():
                self._after(step, watch, interruption)
                if step.ends_epoch:
                    self._after_epoch(progress, interruption, scored)
                if self._is_done():
                    break
            report = self._final_report(progress, interruption)
        with self._writing():
            write_curves(self.run.log, self.run.curves)
            self.run.write_missing()
            self.run.write_metrics(report.to_dict())  # the last: what tells that training has ended
        return report

    def draw_batch(self, step: int) -> Path:
        """Draw the images from which a step learns, with what it teaches, as a picture in the run folder.

        Args:
            step: counted from 1 over all epochs.

        Raises:
            TrainingError: the step does not exist, or the picture cannot be written.
        """
        if not 0 < step <= self._training.steps_in_all:
            raise TrainingError(f"step {step} does not exist: there are {self._training.steps_in_all}")
        batches = batches_for(self.detector, self.train_set)
        size = self._settings.accumulate
        numbers = range((step - 1) * size, min(step * size, len(batches)))
        return self._drawn([batches[number] for number in numbers], step)

    def _drawn(self, batches: Iterable[Batch], step: int) -> Path:
        path = self.run.folder / f"batch-{step:08}.png"
        with self._writing():
            write_image(batch_sheet(batches, self.detector, f"step {step}: what is taught"), path)
        return path

    @contextmanager
    def _drawing_what_diverged(self) -> Iterator[None]:
        from zoo_core.training.divergence import DivergedError

        try:
            yield
        except DivergedError as error:
            path = self._drawn([error.batch], self.steps_done + 1)
            raise DivergedError(f"{error}\n  the batch with its targets is drawn in {path}", error.batch) from None

    def _after(self, step: Step, watch: Watch | None, interruption: Interruption) -> None:
        with self._writing():
            self._log.add(step)
        if watch:
            watch(step)
        if step.ends_epoch or interruption.wanted or self._is_due(step):
            self._save()
        interruption.end()

    def _after_epoch(
        self,
        progress: Progress | None,
        interruption: Interruption,
        scored: Callable[[int, float, BestScore], None] | None,
    ) -> None:
        """Score, where it is time to, and keep the weights unless earlier ones were better."""
        every, epoch = self._settings.score_every, self._training.epochs_done
        if every and (epoch % every == 0 or epoch == self._settings.epochs):
            with self._training.averaged():
                self._last_report = self._scored(progress, interruption)
            score = self._last_report.map_voc07
            is_best = self._best.take(score, self.steps_done, epoch)
            with self._writing():
                self._log.score(self.steps_done, epoch, self._last_report, self._best.epoch)
            if scored:
                scored(epoch, score, self._best)
            if not is_best:
                return
        elif every and self._best.step is not None:
            return
        with self._writing(), self._training.averaged():
            self.detector.engine.save(self.run.weights)

    def _is_done(self) -> bool:
        patience = self._settings.patience
        return patience is not None and self._best.since >= patience

    def _is_due(self, step: Step) -> bool:
        settings = self._settings.checkpoints
        return bool(settings.every_steps and step.number % settings.every_steps == 0) or bool(
            settings.every_minutes and time.monotonic() - self._saved_at >= 60 * settings.every_minutes
        )

    def _save(self) -> None:
        moment = self._training.checkpoint()
        state = {
            **moment.state,
            "log": self._log.state(),
            "best": self._best.to_dict(),
            "data": self._data,
            **circumstances(self.run.config),
        }
        with self._writing():
            self.run.write_missing()
            self._checkpoints.add(Checkpoint(moment.arrays, state), self._best.step)
        self._saved_at = time.monotonic()

    def _final_report(self, progress: Progress | None, interruption: Interruption) -> Report:
        """The scores of the weights in the run folder, which the detector then has."""
        self.detector.engine.load(self.run.weights)
        if self._last_report and self._best.step == self.steps_done:
            return self._last_report
        return self._scored(progress, interruption)

    def _scored(self, progress: Progress | None, interruption: Interruption) -> Report:
        def watch(done: int, total: int) -> None:
            interruption.end()  # scoring changes nothing: it can end at once
            if progress:
                progress(done, total)

        return evaluate(self.detector, self.validation_set, watch)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Results are written: a full disk ends the training, and harms nothing."""
        try:
            yield
        except OSError as error:
            place = error.filename or self.run.folder
            message = f"{place}: cannot be written at step {self.steps_done}: {error.strerror}"
            if error.errno in _FULL and (step := self._checkpoints.last_step) is not None:
                go_on = f"zoo train {self.run.folder} --resume"
                message += f"; everything is saved up to step {step}: free some space, and continue with: {go_on}"
            raise TrainingError(message) from error


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a full disk."""
