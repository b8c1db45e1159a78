"""Names and checks of what engines keep beside the weights in a checkpoint, the same for all."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.common.messages import shown
from zoo_core.prediction.engine import LearnerState

__all__ = ["OPTIMIZER", "refuse_another_optimizer", "refuse_unused", "require_same_averaging", "taken"]

OPTIMIZER = "optimizer"
"""Prefix of what the optimiser keeps for a weight."""
_CHANGED = "the checkpoint is damaged, or training.optimizer or weights.freeze has changed"


def taken(arrays: dict[str, NDArray[Any]], name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Take an array out of those of a checkpoint.

    Raises:
        RunError: it is missing, or of another shape.
    """
    values = arrays.pop(name, None)
    if values is None:
        raise RunError(f"{name} is missing, so training would continue differently; {_CHANGED}")
    if values.shape != shape:
        raise RunError(f"{name} has the shape {values.shape}, not {shape}; {_CHANGED}")
    return values


def refuse_another_optimizer(stored: str, wanted: str) -> None:
    """Nothing, unless the state is that of another optimiser.

    Raises:
        RunError: it is.
    """
    if stored != wanted:
        raise RunError(f"the state of another optimiser, {shown(stored)}; training.optimizer has changed")


def refuse_unused(arrays: dict[str, NDArray[Any]]) -> None:
    """Nothing, unless something of the state of the optimiser is left.

    Raises:
        RunError: it is.
    """
    if unused := [name for name in arrays if name.startswith(f"{OPTIMIZER}.")]:
        raise RunError(f"{unused[0]} belongs to no weight that is trained like that; {_CHANGED}")


def require_same_averaging(state: LearnerState, *, averages: bool) -> None:
    """Refuse a state with a running mean of the weights where there is none, and the other way round.

    Args:
        state: of the checkpoint.
        averages: whether there is one here.

    Raises:
        RunError: one is missing.
    """
    if (state.ema_updates is not None) != averages:
        had = "no running mean" if averages else "a running mean"
        raise RunError(f"{had} of the weights; training.ema_decay has changed")
