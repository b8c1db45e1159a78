"""A training that is ready to run: train, score, keep both, and what is needed to go on after a stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import TrainingError
from zoo_core.data.pipeline.batches import Batch
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.evaluation.evaluate import evaluate
from zoo_core.evaluation.report import Report
from zoo_core.parts.guarding import reason_of
from zoo_core.prediction.detector import Detector
from zoo_core.training.batch_sheet import batch_sheet
from zoo_core.training.batches import batches_for
from zoo_core.training.best import BestScore
from zoo_core.training.checkpoint_state import CheckpointState
from zoo_core.training.checkpoints import Checkpoint, Checkpoints
from zoo_core.training.circumstances import circumstances, with_later_settings
from zoo_core.training.curves import write_curves
from zoo_core.training.data_state import data_changes, data_state
from zoo_core.training.events import BeginEvent, CheckpointEvent, EndEvent, Outcome, ScoreEvent, StepEvent
from zoo_core.training.interruption import Interruption
from zoo_core.training.lock import TrainingLock
from zoo_core.training.log import TrainingLog
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.result_writing import leave_no_start, writing_results
from zoo_core.training.run import Run
from zoo_core.training.watchers import watchers_of

__all__ = ["Progress", "TrainingSession", "Watch", "batches_for", "leave_no_start"]

Watch = Callable[[StepEvent], None]
Progress = Callable[[int, int], None]


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
        self._watchers = watchers_of(settings)
        self._log = TrainingLog(run.log, settings.log_every)
        self._best = BestScore()
        self._last_report: Report | None = None
        self._saved_at = time.monotonic()
        self._circumstances = circumstances(run.config)
        self.changes: list[str] = []
        if checkpoint:
            state = CheckpointState.of(checkpoint)
            before = replace(checkpoint, state=with_later_settings(checkpoint.state))
            self.changes = [
                *before.changes(self._circumstances),
                *data_changes(state.model_dump()["data"], self._data),
            ]
            self._training.restore(checkpoint, state)
            with self._writing():
                self._log.restore(state.step, state.log.model_dump())
            self._best = BestScore(**state.best.model_dump())
        self._watchers.begin = BeginEvent(
            *self._moment, run.folder.absolute(), run.config, self.steps, len(train_set), len(validation_set)
        )

    @property
    def steps_done(self) -> int:
        """Number of steps made, of all."""
        return self._training.steps_done

    @property
    def steps(self) -> int:
        """Those of the whole training."""
        return self._training.steps_in_all

    @property
    def _moment(self) -> tuple[int, int]:
        return self.steps_done, self._training.epoch  # of what happens now

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
        warn: Callable[[str], object] | None = None,
    ) -> Report:
        """Train, and score the weights that are kept: the best where training scored on the way, else the last.

        The first Ctrl-C or termination ends after the step and a checkpoint, the second at once.

        Args:
            watch: called after every step.
            progress: called while scoring, with the images done and the number of all.
            noticed: called at the first Ctrl-C.
            scored: called when training has scored on the way, with the epoch, its score, and the best so far.
            warn: called with what has failed that training goes on without; a warning by default.

        Raises:
            TrainingError: the loss has diverged, or results cannot be written; says what to do.
        """
        self._watchers.warn = warn or self._watchers.warn
        try:
            report = self._run(watch, progress, noticed, scored)
            self._watchers.tell(EndEvent(*self._moment, "finished", report=report))
        except BaseException as error:
            outcome: Outcome = "stopped" if isinstance(error, KeyboardInterrupt | SystemExit) else "failed"
            self._watchers.tell(EndEvent(*self._moment, outcome, reason_of(error)))
            raise
        finally:
            self.close()
        return report

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
        with Interruption(noticed) as interruption, self._drawing_what_diverged():
            self._watchers.is_ending = lambda: interruption.wanted
            if self._training.at_epoch_end:
                self._after_epoch(progress, interruption, scored)  # a checkpoint is of the moment before this
            for step in () if self._is_done() else self._training.steps():
                self._after(step, watch, interruption)
                if step.ends_epoch:
                    self._after_epoch(progress, interruption, scored)
                if self._is_done():
                    break
            report = self._final_report(progress, interruption)
        self._watchers.is_ending = lambda: True
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

    def _after(self, step: StepEvent, watch: Watch | None, interruption: Interruption) -> None:
        with self._writing():
            means = self._log.add(step)
        for event in (step, *means):
            self._watchers.tell(event)
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
            event = ScoreEvent(*self._moment, self._last_report, is_best, self._best.epoch)
            with self._writing():
                self._log.score(event)
            self._watchers.tell(event)
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

    def _is_due(self, step: StepEvent) -> bool:
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
            **self._circumstances,
        }
        with self._writing():
            self.run.write_missing()
            self._checkpoints.add(Checkpoint(moment.arrays, state), self._best.step)
        self._saved_at = time.monotonic()
        self._watchers.tell(CheckpointEvent(*self._moment, self._checkpoints.paths()[-1].absolute()))

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

    def _writing(self) -> AbstractContextManager[None]:
        return writing_results(self.run.folder, self.steps_done, lambda: self._checkpoints.last_step)
