"""What a study has found: its trials, the best of them, and why others have no score."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from zoo_core.common.fitted_table import FittedTable
from zoo_core.common.messages import counted, listed, one_line

__all__ = ["Outcome", "TrialResult", "TuningResults", "shown_value", "shown_values"]

Outcome = str
"""``complete``, ``stopped`` (early, for its low scores), ``failed``, ``refused`` (the combination does not fit),
``repeated`` (an earlier trial had the same values), or ``running``."""
_FREE = ("refused", "repeated")
_PLAIN_WIDTH = 1000
_MOST_REASONS = 10


@dataclass(frozen=True)
class TrialResult:
    """A trial.

    Attributes:
        number: counted from 0.
        values: what was tried, by the paths of settings.
        outcome: see `Outcome`.
        score: mAP by the rule of VOC 2007 of the weights that are kept; of one that was stopped early its last, None
            where there is none.
        scores: by epoch, where training scores on the way.
        reason: why it failed or was refused; empty for others.
        folder: its run folder; there for trials that were trained.
    """

    number: int
    values: Mapping[str, Any]
    outcome: Outcome
    score: float | None
    scores: Mapping[int, float]
    reason: str
    folder: Path

    @property
    def was_trained(self) -> bool:
        """Whether it counts as one of the trials that were asked for."""
        return self.outcome not in _FREE

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "number": self.number,
            "values": dict(self.values),
            "outcome": self.outcome,
            "map_voc07": self.score,
            "scores": {str(epoch): score for epoch, score in self.scores.items()},
            "reason": self.reason,
            "folder": str(self.folder),
        }


@dataclass(frozen=True)
class TuningResults:
    """All trials of a study.

    Attributes:
        folder: of the study.
        searched: the paths of the settings that were tried.
        trials: in the order in which they were begun.
        wanted: how many were asked for.
    """

    folder: Path
    searched: Sequence[str]
    trials: Sequence[TrialResult]
    wanted: int

    @property
    def best(self) -> TrialResult | None:
        """The trial with the highest score, of equals the first; None while none is complete."""
        complete = [each for each in self.trials if each.outcome == "complete"]
        return max(complete, key=lambda each: each.score or 0.0, default=None)

    @property
    def best_config(self) -> Path:
        """The configuration of the best trial, which `zoo train` takes; there when one is complete."""
        return self.folder / "best.yaml"

    def reasons(self) -> list[str]:
        """Why trials failed or were refused, each reason once, the most frequent first."""
        found = Counter(
            (each.outcome, each.reason) for each in self.trials if each.outcome in ("failed", "refused") and each.reason
        )
        numbers = {key: [each.number for each in self.trials if (each.outcome, each.reason) == key] for key in found}
        return [
            f"{counted(count, 'trial')} {outcome} ({listed(map(str, numbers[outcome, reason]), most=5)}): {reason}"
            for (outcome, reason), count in found.most_common(_MOST_REASONS)
        ]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        best = self.best
        return {
            "folder": str(self.folder),
            "searched": list(self.searched),
            "wanted": self.wanted,
            "best": best and best.number,
            "trials": [each.to_dict() for each in self.trials],
        }

    def __rich__(self) -> Group:
        """The table that ``rich.print(results)`` shows."""
        return Group(*self._parts())

    def _parts(self) -> Iterator[RenderableType]:
        rows = sorted(filter(_is_shown, self.trials), key=_order)
        if rows:
            columns = ("trial", "score", "epochs", "", *(path.replace(".", ".\n") for path in self.searched))
            yield FittedTable([self._row(each) for each in rows], columns, ruled=True)
        free = Counter(each.outcome for each in self.trials if not each.was_trained)
        if free:
            yield "not trained: " + listed(f"{counted(count, 'combination')} {name}" for name, count in free.items())
        for reason in self.reasons():
            yield Text(one_line(reason))  # which may have square brackets

    def _row(self, trial: TrialResult) -> list[str]:
        best = self.best
        mark = "best" if best and trial.number == best.number else "" if trial.outcome == "complete" else trial.outcome
        return [
            str(trial.number),
            "" if trial.score is None else f"{trial.score:.3f}",
            str(max(trial.scores, default="")),
            mark,
            *(one_line(shown_value(trial.values[path])) if path in trial.values else "" for path in self.searched),
        ]

    def __repr__(self) -> str:
        best = f"best {self.best.score:.3f} of trial {self.best.number}" if self.best else "none complete"
        trained = sum(each.was_trained for each in self.trials)
        return f"<TuningResults: {counted(trained, 'trial')}; {best}>"

    def __str__(self) -> str:
        """The table as plain text."""
        console = Console(file=StringIO(), width=_PLAIN_WIDTH, color_system=None, highlight=False)
        with console.capture() as captured:
            console.print(self)
        return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _is_shown(trial: TrialResult) -> bool:
    return trial.was_trained


def _order(trial: TrialResult) -> tuple[int, float, int]:
    """Complete trials first, the highest scores at the top."""
    rank = ("complete", "stopped", "running", "failed").index(trial.outcome)
    return rank, -(trial.score or 0.0), trial.number


def shown_value(value: object) -> str:
    """A value that was tried, as a table shows it."""
    if isinstance(value, str):
        return value
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def shown_values(values: Mapping[str, Any]) -> str:
    """All values of a trial in a line."""
    return ", ".join(f"{path}={shown_value(value)}" for path, value in values.items())
