"""The heavy half: keeps what it is told in a run of MLflow."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from zoo_core.plugin_api import BeginEvent, EndEvent, EpochEvent, MeansEvent, ScoreEvent, TrainingWatcher
from zoo_mlflow.patience import little_patience
from zoo_mlflow.randomness import random_kept
from zoo_mlflow.settings import MlflowSettings
from zoo_mlflow.store import client_of

__all__ = ["MlflowLogger"]

_STATUS = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}
_MOST_PARAMS = 100
"""So many MLflow takes at once."""


class MlflowLogger(TrainingWatcher):
    """See `MlflowSettings`."""

    def __init__(self, settings: MlflowSettings) -> None:
        self._settings = settings
        self._client: MlflowClient
        self._run_id: str
        self._folder: Path

    @random_kept()
    @little_patience()
    def begin(self, event: BeginEvent) -> None:
        """Create a run with the settings of the training, or go on in that of a training that is resumed."""
        self._folder = event.folder
        self._client = client_of(self._settings.uri)
        note = event.folder / "mlflow" / "run_id"
        if event.step and note.is_file():
            self._run_id = note.read_text(encoding="utf-8").strip()
            self._client.update_run(self._run_id, status="RUNNING")
            return
        self._run_id = self._new_run(event)
        note.parent.mkdir(exist_ok=True)
        note.write_text(f"{self._run_id}\n", encoding="utf-8")

    def _new_run(self, event: BeginEvent) -> str:
        settings = self._settings
        known = self._client.get_experiment_by_name(settings.experiment)
        experiment = known.experiment_id if known else self._client.create_experiment(settings.experiment)
        name = settings.run_name or event.folder.name
        run_id: str = self._client.create_run(experiment, run_name=name).info.run_id
        params = [Param(key, value) for key, value in _flat(event.config.model_dump(mode="json"))]
        for first in range(0, len(params), _MOST_PARAMS):
            self._client.log_batch(run_id, params=params[first : first + _MOST_PARAMS])
        return run_id

    def means(self, event: MeansEvent) -> None:
        """Log the means over some steps."""
        self._log("steps", event.measured, event.step)

    def epoch(self, event: EpochEvent) -> None:
        """Log the means over an epoch."""
        self._log("epoch", event.measured, event.step)

    def score(self, event: ScoreEvent) -> None:
        """Log the scores on the way."""
        self._log("score", event.scores, event.step)

    @random_kept()
    def end(self, event: EndEvent) -> None:
        """Log the final scores, upload files, and say how the training ended."""
        self._log("final", event.scores, event.step)
        for name in self._settings.artifacts if event.outcome == "finished" else ():
            if (file := self._folder / name).is_file():
                self._client.log_artifact(self._run_id, str(file))  # with MLflow's patience: files can be large
        self._close(event)

    @little_patience()
    def _close(self, event: EndEvent) -> None:
        if event.error:
            self._client.set_tag(self._run_id, "error", event.error)
        self._client.set_terminated(self._run_id, _STATUS[event.outcome])

    @random_kept()
    @little_patience()
    def _log(self, group: str, values: Mapping[str, float], step: int) -> None:
        now = time.time_ns() // 1_000_000
        metrics = [Metric(f"{group}/{name}", value, now, step) for name, value in values.items()]
        if metrics:
            self._client.log_batch(self._run_id, metrics=metrics)


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Settings by dotted path; lists as JSON."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value if isinstance(value, str) else json.dumps(value)
