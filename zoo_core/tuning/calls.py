"""Tuning by one call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from zoo_core.common.arguments import CALLBACK, COUNT, FLAG, PATH, TEXT, WHOLE, checked, one_of, positive
from zoo_core.common.files import as_path
from zoo_core.common.optional_packages import needing
from zoo_core.config.engines import ENGINES, EngineName
from zoo_core.config.loading import ConfigSource, load_config
from zoo_core.config.overrides import Overrides
from zoo_core.config.run_folder import CIRCUMSTANCES

if TYPE_CHECKING:
    from zoo_core.tuning.results import TrialResult, TuningResults

__all__ = ["resume_tuning", "tune"]

_MINUTES = positive("a number of minutes above 0")


@checked(out=PATH, trials=COUNT, minutes=_MINUTES, seed=WHOLE, prune=FLAG, parallel=COUNT, watch=CALLBACK)
def tune(
    config: ConfigSource,
    out: str | Path | None = None,
    overrides: Overrides | None = None,
    trials: int = 20,
    minutes: float | None = None,
    seed: int = 0,
    prune: bool = True,
    parallel: int = 1,
    watch: Callable[[TrialResult], None] | None = None,
) -> TuningResults:
    """Train a detector with different settings, as `search` in its configuration says, and keep the best.

    Each trial is trained in a process of its own and leaves a run folder. With one process at a time equal seeds try
    equal values. The first Ctrl-C ends after a checkpoint, the second at once; `resume_tuning` continues.

    Args:
        config: a configuration, or anything that `load_config` takes.
        out: a new or empty folder; ``runs/`` and the time by default.
        overrides: settings that replace those of the configuration.
        trials: how many are trained. Combinations that do not fit do not count.
        minutes: after which no trial begins, and those that run are interrupted; None for no limit.
        seed: of the values that are drawn.
        prune: whether trials whose scores are low, where `training.score_every` has them scored, are stopped early.
        parallel: trials at a time.
        watch: called with each trial that has ended.

    Raises:
        ConfigError: the configuration is invalid, tries nothing, or no combination fits.
        DatasetError: the data set is missing, broken, or does not fit the classes.
        RunError: the folder is not empty.
        MissingPackageError: Optuna is not installed.
        TrainingError: no trial is complete; says why.
    """
    settings = load_config(config, overrides)
    with needing():
        from zoo_core.tuning import running
        from zoo_core.tuning.processes import Processes
        from zoo_core.tuning.session import TuningSession
        from zoo_core.tuning.study import Rules

    study = running.begin(settings, as_path(out) if out else None, Rules(trials, seed, prune))
    return TuningSession(study, Processes(parallel), minutes)(watch)


@checked(
    folder=PATH,
    trials=COUNT,
    minutes=_MINUTES,
    parallel=COUNT,
    watch=CALLBACK,
    data_root=PATH,
    engine=one_of(*ENGINES),
    device=TEXT,
)
def resume_tuning(
    folder: str | Path,
    trials: int | None = None,
    minutes: float | None = None,
    parallel: int = 1,
    watch: Callable[[TrialResult], None] | None = None,
    data_root: str | Path | None = None,
    engine: EngineName | None = None,
    device: str | None = None,
) -> TuningResults:
    """Continue a study that was stopped or killed, or work on it together with other processes.

    Trials that have ended are kept; those that were interrupted go on from their last checkpoint.

    Args:
        folder: the folder of the study.
        trials: how many are trained in all; None for as many as before.
        minutes: as for `tune`.
        parallel: likewise.
        watch: likewise.
        data_root: the folder of the data set, if that has moved since.
        engine: what runs the network from here on; that of the study by default.
        device: where, likewise.

    Raises:
        RunError: the folder is missing, damaged or not a study, or all trials have ended.
        DatasetError: the data set is no longer there.
        MissingPackageError: Optuna is not installed.
        TrainingError: no trial is complete; says why.
    """
    with needing():
        from zoo_core.tuning import running
        from zoo_core.tuning.processes import Processes
        from zoo_core.tuning.session import TuningSession

    root = None if data_root is None else str(as_path(data_root))
    given = zip(CIRCUMSTANCES, (root, engine, device), strict=True)
    study = running.resume(as_path(folder), {name: value for name, value in given if value is not None}, trials)
    return TuningSession(study, Processes(parallel), minutes)(watch)
