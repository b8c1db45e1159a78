"""From a configuration, or a study that was stopped, to a study that is ready to work."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo_core.common.errors import RunError
from zoo_core.common.files import as_path
from zoo_core.common.writing import check_folder_writable
from zoo_core.config.detector import DetectorConfig
from zoo_core.data.opening import dataset
from zoo_core.engines.opening import require_network
from zoo_core.tuning.folder import StudyFolder, refuse_content
from zoo_core.tuning.study import Rules, Study

__all__ = ["begin", "resume"]

_ORIGINS = ("engine", "weights")
"""The settings that say where the network of a trial is from."""


def begin(config: DetectorConfig, out: Path | None, rules: Rules) -> Study:
    """Prepare a new study: what would be wrong with each of its trials is found here.

    Raises:
        ConfigError: nothing is to be tried.
        DatasetError: the data set is missing, broken, or does not fit the classes.
        RunError: the folder is not empty, or cannot be written; or no network can be made here.
        MissingPackageError: the engine is not the one that is here.
    """
    if out:
        check_folder_writable(out, RunError)
        refuse_content(as_path(out))
    if config.search:
        _require_usable(config)
    return Study.begin(StudyFolder.create(config, out), rules)


def resume(path: Path, moved: Mapping[str, Any] | None = None, trials: int | None = None) -> Study:
    """Prepare to go on with a study, also beside other processes that work on it.

    Args:
        path: its folder.
        moved: what is different from where it began: some of `CIRCUMSTANCES`.
        trials: how many are trained in all, where that changes.

    Raises:
        RunError: there is no study, it is damaged, or it has all its trials and results; or as `begin`.
        ConfigError, DatasetError, MissingPackageError: its configuration or data cannot be used here.
    """
    folder = StudyFolder.open(path)
    Study.open(folder)  # what is wrong with it is told before anything is written
    folder = folder.moved(dict(moved or {}))
    _require_usable(folder.config)
    study = Study.open(folder, trials)
    results = study.results()
    done = sum(each.was_trained and each.outcome != "running" for each in results.trials)
    if done >= study.rules.trials and folder.has(results):
        raise RunError(
            f"{path}: all {done} trials have ended; there is nothing to resume. For more: "
            f"zoo tune {path} --resume --trials {done + 10}"
        )
    return study


def _require_usable(config: DetectorConfig) -> None:
    """Refuse a configuration of which no trial could be trained here, whatever is tried."""
    if not any(path.partition(".")[0] in _ORIGINS for path in config.search):
        require_network(config)
    for split in ("train", "validation"):
        dataset(config, split)
