"""A study that several processes may share: who takes which trial, what has come of it, what is tried next."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import optuna
from optuna.pruners import BasePruner, NopPruner, SuccessiveHalvingPruner
from optuna.trial import FrozenTrial, Trial, TrialState

from zoo_core.common.errors import ConfigError, RunError, TrainingError, ZooError
from zoo_core.common.files import reason
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.config.plan import plan
from zoo_core.config.search import SEARCH
from zoo_core.training.lock import HeldError, TrainingLock
from zoo_core.tuning.folder import StudyFolder
from zoo_core.tuning.journal import journal_storage
from zoo_core.tuning.locking import locked
from zoo_core.tuning.results import TrialResult, TuningResults
from zoo_core.tuning.sampling import SamplerByNumber, drawn_values, values_of

__all__ = ["Claim", "Rules", "Study"]

_NAME = "zoo"
_MOST_FREE = 100
"""So many combinations in a row that are refused, or were there before, say that there is nothing else."""
_KEEP = 3
"""Of so many trials one goes on at each rung: after 1, 3, 9 ... epochs."""
_STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "stopped", TrialState.FAIL: "failed"}
optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True)
class Rules:
    """How a study is made.

    Attributes:
        trials: how many are trained.
        seed: of what is drawn.
        prune: whether trials with low scores are stopped early.
    """

    trials: int = 20
    seed: int = 0
    prune: bool = True

    @property
    def pruner(self) -> BasePruner:
        """ASHA (Li et al., MLSys 2020): a trial is compared with all that have come as far, and waits for none."""
        return SuccessiveHalvingPruner(min_resource=1, reduction_factor=_KEEP) if self.prune else NopPruner()


@dataclass(frozen=True)
class Claim:
    """A trial that this process takes care of.

    Attributes:
        number: of the trial.
        values: what is tried.
        config: of its training.
        trial: as Optuna has it.
    """

    number: int
    values: Mapping[str, Any]
    config: DetectorConfig
    trial: Trial


class Study:
    """The trials of a search space.

    Args:
        folder: where they are.
        study: as Optuna has it.
        rules: how they are made.
    """

    def __init__(self, folder: StudyFolder, study: optuna.Study, rules: Rules) -> None:
        self.folder, self.rules = folder, rules
        self._study = study
        self._claims: dict[int, Claim] = {}
        self._locks: dict[int, TrainingLock] = {}  # which end with this process, so that others can go on

    @classmethod
    def begin(cls, folder: StudyFolder, rules: Rules) -> Self:
        """A new study.

        Raises:
            RunError: the folder cannot be written.
        """
        with _journal(folder.path):
            study = optuna.create_study(
                storage=journal_storage(folder.journal),
                study_name=_NAME,
                direction="maximize",
                sampler=SamplerByNumber(rules.seed),
                pruner=rules.pruner,
            )
            study.set_user_attr("rules", asdict(rules))
            study.set_user_attr("digest", folder.digest())
        return cls(folder, study, rules)

    @classmethod
    def open(cls, folder: StudyFolder, trials: int | None = None) -> Self:
        """A study that was begun, by this or another process.

        Args:
            folder: where it is.
            trials: how many are trained in all, where that changes.

        Raises:
            RunError: its journal is damaged, or its configuration has changed.
        """
        with _journal(folder.path):
            try:
                storage = journal_storage(folder.journal)
                study = optuna.load_study(storage=storage, study_name=_NAME, sampler=None)
                rules, digest = Rules(**study.user_attrs["rules"]), study.user_attrs["digest"]
            except (LookupError, TypeError, ValueError) as error:
                raise RunError(f"{folder.journal}: not the journal of a study, or damaged: {error!r}") from None
            if digest != folder.digest():
                raise RunError(
                    f"{folder.config_file}: has changed since the study began, and its trials could not be compared; "
                    "begin a new study"
                )
            if trials is not None and trials != rules.trials:
                rules = Rules(trials, rules.seed, rules.prune)
                study.set_user_attr("rules", asdict(rules))
        study.sampler, study.pruner = SamplerByNumber(rules.seed), rules.pruner
        return cls(folder, study, rules)

    def claim(self) -> Claim | None:
        """The next trial: one that a process left unfinished, or a new one; None when there is nothing to do.

        A combination that does not fit, or was tried before, is recorded, costs nothing, and does not count.
        """
        with _journal(self.folder.path), locked(self.folder.deciding):
            for _ in range(_MOST_FREE):
                trial = self._abandoned()
                if trial is None and sum(each.was_trained for each in self._results()) >= self.rules.trials:
                    return None
                if claim := self._drawn(trial or self._new()):
                    return claim
        return None

    def _abandoned(self) -> Trial | None:
        """A trial that no process takes care of, perhaps since one was killed while it was drawn."""
        for each in self._study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
            if each.number not in self._claims and self._take(each.number):
                return Trial(self._study, each._trial_id)  # noqa: SLF001 -- there is no other way
        return None

    def _new(self) -> Trial:
        trial = self._study.ask()
        self._take(trial.number)
        return trial

    def _take(self, number: int) -> bool:
        """Whether this process takes care of a trial from now on."""
        try:
            self._locks[number] = TrainingLock(self.folder.lock(number))
        except HeldError:
            return False
        return True

    def _drawn(self, trial: Trial) -> Claim | None:
        """A trial with its values; None where these come to nothing."""
        values = drawn_values(trial, self.folder.config.search)
        if same := next(
            (each for each in self._results() if each.values == values and each.number < trial.number), None
        ):
            is_refused = same.outcome == "refused"
            why = same.reason if is_refused else f"trial {same.number} has the same values"
            self._free(trial, "refused" if is_refused else "repeated", why)
            return None
        try:
            config = self._config(values)
            plan(config)
        except ZooError as error:
            self._free(trial, "refused", _without_heading(error))
            return None
        self._claims[trial.number] = Claim(trial.number, values, config, trial)
        return self._claims[trial.number]

    def _config(self, values: Mapping[str, Any]) -> DetectorConfig:
        """The configuration of a trial: whole parts are replaced before their settings."""
        ordered = dict(sorted(values.items(), key=lambda each: each[0].removesuffix(".name").count(".")))
        return load_config(self.folder.config, {SEARCH: {}, **ordered})

    def _free(self, trial: Trial, outcome: str, why: str) -> None:
        """Record a trial that costs nothing."""
        trial.set_user_attr("outcome", outcome)
        trial.set_user_attr("reason", why)
        self._study.tell(trial, state=TrialState.FAIL)
        self._locks.pop(trial.number).release()

    def report(self, number: int, epoch: int, score: float) -> bool:
        """Record the score of an epoch; whether the trial should go on."""
        with _journal(self.folder.path):
            claim = self._claims[number]
            if epoch not in self._frozen(number).intermediate_values:  # by a process that was killed
                claim.trial.report(score, epoch)
            is_low = claim.trial.should_prune()  # which also remembers the score, for others to be compared with
            return not is_low or epoch >= claim.config.training.epochs

    def complete(self, number: int, score: float) -> None:
        """Record the score of a trial that was trained to its end."""
        self._end(number, TrialState.COMPLETE, score)

    def stopped(self, number: int) -> None:
        """Record that a trial was stopped early."""
        self._end(number, TrialState.PRUNED)

    def failed(self, number: int, why: str, outcome: str = "failed") -> None:
        """Record why a trial came to nothing, which is seen only when it is trained."""
        with _journal(self.folder.path):
            self._claims[number].trial.set_user_attr("reason", why)
            self._claims[number].trial.set_user_attr("outcome", outcome)
        self._end(number, TrialState.FAIL)

    def _end(self, number: int, state: TrialState, score: float | None = None) -> None:
        with _journal(self.folder.path):
            self._study.tell(number, score, state=state)
        self.give_back(number)

    def give_back(self, number: int) -> None:
        """Leave a trial to whoever goes on with it, now or later."""
        del self._claims[number]
        self._locks.pop(number).release()

    def give_back_all(self) -> None:
        """Leave all trials that have not ended."""
        for number in list(self._claims):
            self.give_back(number)

    def results(self) -> TuningResults:
        """All trials up to now."""
        with _journal(self.folder.path):
            return TuningResults(
                self.folder.path, tuple(self.folder.config.search), tuple(self._results()), self.rules.trials
            )

    def config_of(self, trial: TrialResult) -> DetectorConfig:
        """The configuration of a trial."""
        return self._config(trial.values)

    def _results(self) -> Iterator[TrialResult]:
        for each in self._study.get_trials(deepcopy=False):
            scores = dict(sorted(each.intermediate_values.items()))
            outcome = each.user_attrs.get("outcome") or _STATES.get(each.state, "running")
            last = next(reversed(scores.values()), None)
            yield TrialResult(
                each.number,
                values_of(each),
                outcome,
                each.value if each.state == TrialState.COMPLETE else last,
                scores,
                each.user_attrs.get("reason", ""),
                self.folder.trial(each.number),
            )

    def _frozen(self, number: int) -> FrozenTrial:
        return self._study.get_trials(deepcopy=False)[number]


def _without_heading(error: ZooError) -> str:
    if isinstance(error, ConfigError):
        return "; ".join(map(str, error.problems))
    return str(error)


@contextmanager
def _journal(folder: Path) -> Iterator[None]:
    """The journal is read or written: what goes wrong is a fault of the folder, and nothing else of it is lost."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    except OSError as error:
        raise TrainingError(f"{folder}: the journal cannot be written: {reason(error)}") from error
