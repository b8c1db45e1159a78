"""The folder of a study: its configuration, its journal, a run folder for each trial, and the results."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from zoo_core.common.errors import ConfigError, Problem, RunError
from zoo_core.common.files import as_path, exists, is_file, is_folder, is_missing, names_in
from zoo_core.common.json_file import read_json
from zoo_core.common.writing import write_text, writing
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.config.run_folder import CIRCUMSTANCES, new_folder
from zoo_core.tuning.results import TuningResults

__all__ = ["StudyFolder", "refuse_content"]

_CONFIG, _JOURNAL = "config.yaml", "journal.log"


@dataclass(frozen=True)
class StudyFolder:
    """A folder and the configuration whose search space is tried.

    It holds ``config.yaml`` (the whole configuration), ``journal.log`` (all trials, as Optuna's journal), ``trials``
    (a run folder for each, and what it printed), ``best.yaml`` (the configuration of the best trial, for `zoo train`),
    ``results.png`` and, written last of these, ``results.json``.
    """

    path: Path
    config: DetectorConfig

    @property
    def config_file(self) -> Path:
        """The file of the configuration."""
        return self.path / _CONFIG

    @property
    def journal(self) -> Path:
        """The file of all trials."""
        return self.path / _JOURNAL

    @property
    def best(self) -> Path:
        """The file of the best configuration."""
        return self.path / "best.yaml"

    @property
    def results(self) -> Path:
        """The file of the results, as JSON."""
        return self.path / "results.json"

    @property
    def picture(self) -> Path:
        """The file of the results, drawn."""
        return self.path / "results.png"

    def has(self, results: TuningResults) -> bool:
        """Whether results are written; a command that is killed, or whose disk is full, ends before that perhaps."""
        if results.best and not (is_file(self.best) and is_file(self.picture)):
            return False
        try:
            told = [each["outcome"] for each in read_json(self.results, RunError)["trials"]]
        except (RunError, LookupError, TypeError):
            return False
        return told == [each.outcome for each in results.trials]

    @property
    def deciding(self) -> Path:
        """The file that is locked while a process takes a trial."""
        return self.path / ".deciding.lock"

    def trial(self, number: int) -> Path:
        """The run folder of a trial."""
        return self.path / "trials" / f"{number:04}"

    def said(self, number: int) -> Path:
        """The file of what the process of a trial printed."""
        return self.path / "trials" / f"{number:04}.log"

    def lock(self, number: int) -> Path:
        """The file that is locked by the process that takes care of a trial."""
        return self.path / "trials" / f".{number:04}.lock"

    @classmethod
    def create(cls, config: DetectorConfig, path: Path | None = None) -> Self:
        """Begin a study in a new or empty folder; by default in ``runs/``, named by the time.

        Raises:
            ConfigError: there is nothing to try.
            RunError: something is in the folder already, or it cannot be written.
        """
        if not config.search:
            example = "search: {training.learning_rate: {log: [1e-4, 0.1]}}"
            raise ConfigError("configuration", [Problem("search", f"is empty: say what is to be tried, as {example}")])
        path = as_path(path) if path else new_folder()
        refuse_content(path)
        folder = cls(path, config)
        with writing(path, RunError):
            (path / "trials").mkdir(parents=True)
            folder.write_config()
        return folder

    @classmethod
    def open(cls, path: Path) -> Self:
        """The study in a folder.

        Raises:
            RunError: there is none.
            ConfigError: its configuration cannot be used.
        """
        path = as_path(path)
        if is_missing(path):
            raise RunError(f"{path}: no such folder of a study")
        for name in (_CONFIG, _JOURNAL):
            if not is_file(path / name):
                raise RunError(f"{path}: {name} not found: this is not a study of zoo tune")
        return cls(path, load_config(path / _CONFIG))

    def moved(self, changes: dict[str, Any]) -> Self:
        """The same study on another machine or in another environment: with some of `CIRCUMSTANCES` changed.

        Raises:
            ConfigError: its data has no root, or there is no such engine or device.
            RunError: the folder cannot be written.
        """
        if not changes:
            return self
        folder = type(self)(self.path, load_config(self.config, changes))
        with writing(self.path, RunError):
            folder.write_config()
        return folder

    def write_config(self) -> None:
        """Write the configuration.

        Raises:
            OSError: it cannot be written.
        """
        write_text(self.config_file, self.config.to_yaml())

    def digest(self) -> str:
        """Equal for configurations that differ in `CIRCUMSTANCES` at most."""
        table = self.config.model_dump(mode="json")
        for name in CIRCUMSTANCES:
            group, _, key = name.rpartition(".")
            inside = table.get(group) if group else table
            if isinstance(inside, dict):
                inside.pop(key, None)
        return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()


def refuse_content(path: Path) -> None:
    """Refuse a folder for a new study.

    Raises:
        RunError: something is in it.
    """
    if exists(path) and (not is_folder(path) or names_in(path, RunError)):
        raise RunError(f"{path}: the folder is not empty; name a new folder for the study")
