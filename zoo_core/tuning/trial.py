"""The training of a trial, from its start or from where it was interrupted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from zoo_core.common.errors import ConfigError, RunError, TrainingError, ZooError
from zoo_core.common.files import is_file, is_folder
from zoo_core.common.json_file import read_json
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.run_folder import CIRCUMSTANCES
from zoo_core.parts.guarding import reason_of
from zoo_core.training import running
from zoo_core.training.best import BestScore
from zoo_core.training.lock import HeldError
from zoo_core.training.run import Run
from zoo_core.training.session import TrainingSession

__all__ = ["TrialEnd", "trained"]

_PATIENCE = 10.0
"""Seconds in which a process that lost its command ends."""


class TrialEnd(NamedTuple):
    """How a trial ended; see `zoo_core.tuning.places.Ended`."""

    how: Literal["complete", "stopped", "failed", "refused"]
    score: float | None = None
    reason: str = ""


class _StoppedEarlyError(Exception):
    """Somebody wants no more of this trial."""


def trained(config: DetectorConfig, folder: Path, go_on: Callable[[int, float], bool]) -> TrialEnd:
    """Train a trial.

    Args:
        config: of its training.
        folder: of its run.
        go_on: called with each epoch that is scored and its score; whether to continue.

    Raises:
        KeyboardInterrupt, SystemExit: it was interrupted, and can go on from its last checkpoint.
    """

    def scored(epoch: int, score: float, best: BestScore) -> None:  # noqa: ARG001 -- the signature of sessions
        if not go_on(epoch, score):
            raise _StoppedEarlyError

    try:
        score = _score_of(Run(folder, config), scored)
    except _StoppedEarlyError:
        end = TrialEnd("stopped")
    except ConfigError as error:
        end = TrialEnd("refused", reason="; ".join(map(str, error.problems)))
    except ZooError as error:
        end = TrialEnd("failed", reason=str(error))
    except Exception as error:  # noqa: BLE001 -- what an engine or a plugin throws ends this trial alone
        end = TrialEnd("failed", reason=reason_of(error))
    else:
        end = TrialEnd("complete", score)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)  # nobody resumes it
    return end


def _score_of(run: Run, scored: Callable[[int, float, BestScore], None]) -> float:
    if not is_file(run.metrics):  # else it was killed between its end and its record
        _ready(run)(scored=scored)
    score = read_json(run.metrics, RunError).get("map_voc07")
    if score is None:
        raise TrainingError("there is no score, for the validation images have no objects of the classes")
    return float(score)


def _ready(run: Run) -> TrainingSession:
    """The training, which goes on from a checkpoint where there is a sound one."""
    if not is_folder(run.checkpoints):
        shutil.rmtree(run.folder, ignore_errors=True)
        return running.begin(run.config, run.folder)
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            return running.resume(run.folder, _moved(run))
        except HeldError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
        except RunError:
            shutil.rmtree(run.folder, ignore_errors=True)
            return running.begin(run.config, run.folder)


def _moved(run: Run) -> dict[str, Any]:
    """What is different from where the training was interrupted."""
    wanted, before = (each.model_dump(mode="json") for each in (run.config, Run.open_stopped(run.folder).config))
    pairs = {name: (_at(wanted, name), _at(before, name)) for name in CIRCUMSTANCES}
    return {name: now for name, (now, then) in pairs.items() if now != then}


def _at(table: Any, path: str) -> Any:
    for key in path.split("."):
        table = table.get(key) if isinstance(table, dict) else None
    return table
