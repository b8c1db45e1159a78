"""Which scoring was the best, and when it is time to stop."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["BestScore"]


@dataclass
class BestScore:
    """The best score so far.

    Attributes:
        score: its value; below any other where there was none.
        step: after which it was reached; None where there was none.
        epoch: after which it was reached; None where there was none, or an older checkpoint does not say it.
        since: number of scorings after it, none of them better.
    """

    score: float = -1.0
    step: int | None = None
    since: int = 0
    epoch: int | None = None

    def take(self, score: float, step: int, epoch: int) -> bool:
        """Add a score; whether it is the best so far, which NaN never is."""
        if score > self.score:
            self.score, self.step, self.epoch, self.since = score, step, epoch, 0
            return True
        self.since += 1
        return False

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)
