"""A study at work: trials begin where there is room, are answered when they score, and are recorded when they end."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable

from zoo_core.common.errors import ConfigError, Problem, RunError, TrainingError
from zoo_core.common.writing import write_text, writing
from zoo_core.training.interruption import Interruption
from zoo_core.tuning.best import write_best
from zoo_core.tuning.picture import write_picture
from zoo_core.tuning.places import Ended, Job, Place, Scored
from zoo_core.tuning.results import TrialResult, TuningResults
from zoo_core.tuning.study import Study

__all__ = ["TuningSession", "Watch"]

Watch = Callable[[TrialResult], None]
"""Called with each trial that has ended."""
_TICK = 0.5
"""Seconds after which signals and the time are looked at again."""
_MOST_LOST = 3
"""So often what computes a trial may die before the trial is blamed."""


class TuningSession:
    """The work of this process on a study.

    Args:
        study: whose trials are trained.
        place: where they compute.
        minutes: after which those that run are interrupted, and none begins; None for no limit.
    """

    def __init__(self, study: Study, place: Place, minutes: float | None = None) -> None:
        self.study = study
        self._place = place
        self._ends = math.inf if minutes is None else time.monotonic() + 60 * minutes
        self._jobs: dict[int, Job] = {}
        self._lost: Counter[int] = Counter()
        self._is_stopping = False
        self._written: int | None = None  # the trial whose configuration is written

    def __call__(
        self,
        watch: Watch | None = None,
        scored: Callable[[Scored], None] | None = None,
        noticed: Callable[[], None] | None = None,
    ) -> TuningResults:
        """Train trials until there are as many as the study wants.

        The first Ctrl-C or termination ends after a checkpoint of those that run, the second at once; either way the
        study can go on later.

        Args:
            watch: called with each trial that has ended.
            scored: called with each score on the way.
            noticed: called at the first Ctrl-C.

        Raises:
            TrainingError: no trial is complete: all failed, or the time was too short.
            ConfigError: no combination fits.
        """
        try:
            with Interruption(noticed) as interruption:
                self._work(interruption, watch, scored)
                self._write_results()
                interruption.end()
        finally:
            self._place.close()
            self.study.give_back_all()
        results = self.study.results()
        if results.best is None:
            raise self._nothing(results)
        return results

    def _work(self, interruption: Interruption, watch: Watch | None, scored: Callable[[Scored], None] | None) -> None:
        while True:
            if not self._is_stopping and (interruption.wanted or time.monotonic() >= self._ends):
                self._is_stopping = True
                self._place.stop()
            self._begin_trials()
            if not self._jobs:
                return
            event = self._place.next(_TICK)
            if isinstance(event, Scored):
                if scored:
                    scored(event)
                self._place.answer(event.number, self.study.report(*event))
            elif event:
                self._record(event, watch)

    def _begin_trials(self) -> None:
        while not self._is_stopping and self._place.room > 0 and (claim := self.study.claim()):
            folder = self.study.folder
            job = Job(claim.number, claim.config, folder.trial(claim.number), folder.said(claim.number))
            self._jobs[claim.number] = job
            self._place.start(job)

    def _record(self, ended: Ended, watch: Watch | None) -> None:
        number = ended.number
        job = self._jobs.pop(number)
        if ended.how == "interrupted":
            self.study.give_back(number)
            return
        if ended.how == "lost":
            self._lost[number] += 1
            if self._is_stopping:
                self.study.give_back(number)
                return
            if self._lost[number] < _MOST_LOST:
                self._jobs[number] = job
                self._place.start(job)
                return
        if ended.how == "complete" and ended.score is not None:
            self.study.complete(number, ended.score)
        elif ended.how == "stopped":
            self.study.stopped(number)
        elif ended.how == "refused":
            self.study.failed(number, ended.reason, "refused")
        else:
            self.study.failed(number, ended.reason or f"its worker was lost {self._lost[number]} times")
        results = self._write_results(drawn=False)
        if watch:
            watch(next(each for each in results.trials if each.number == number))

    def _write_results(self, drawn: bool = True) -> TuningResults:
        results, folder = self.study.results(), self.study.folder
        with writing(folder.path, RunError):
            if results.best and results.best.number != self._written:
                self._written = results.best.number
                write_best(folder, results.best, self.study.config_of(results.best))
            if drawn and results.best:
                write_picture(results, folder.picture)
            write_text(folder.results, json.dumps(results.to_dict(), indent=2) + "\n")  # the last: see `StudyFolder`
        return results

    def _nothing(self, results: TuningResults) -> Exception:
        """Why there is no best trial."""
        folder = self.study.folder.path
        trained = [each for each in results.trials if each.was_trained]
        reasons = "".join(f"\n  {each.splitlines()[0]}" for each in results.reasons())
        if any(each.outcome in ("running", "stopped") for each in trained):
            return TrainingError(f"no trial is complete yet; continue with: zoo tune {folder} --resume{reasons}")
        if trained:
            failed = "its only trial" if len(trained) == 1 else f"all {len(trained)} trials"
            return TrainingError(f"{folder}: {failed} failed{reasons}")
        return ConfigError(str(folder), [Problem("search", f"no combination that was drawn fits{reasons}")])
