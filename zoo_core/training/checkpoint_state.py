"""What a checkpoint holds besides its arrays, and whether all of it is consistent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, ValidationError

from zoo_core.common.errors import RunError
from zoo_core.common.messages import shown
from zoo_core.parts.validation_messages import message_for
from zoo_core.training.checkpoints import Checkpoint

__all__ = ["CheckpointState"]

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _State(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Optimizer(_State):
    name: str
    updates: NonNegativeInt


class _Sums(_State):
    model_config = ConfigDict(extra="forbid")

    images: NonNegativeInt
    class_loss: FiniteFloat
    box_loss: FiniteFloat
    seconds: Amount
    waited: Amount


class _Log(_State):
    steps: _Sums
    epoch: _Sums


class _Best(_State):
    model_config = ConfigDict(extra="forbid")

    score: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
    step: NonNegativeInt | None
    since: NonNegativeInt
    epoch: NonNegativeInt | None = None


class _Data(_State):
    images: NonNegativeInt
    digest: str | None


class CheckpointState(_State):
    """The state of a `Checkpoint`, validated."""

    step: NonNegativeInt
    precision: Literal["float32", "bfloat16", "float16"]
    optimizer: _Optimizer
    first_losses: list[FiniteFloat]
    ema_updates: NonNegativeInt | None = None
    loss_scale: Annotated[list[Amount], Field(min_length=2, max_length=2)] | None = None
    log: _Log
    best: _Best
    config: dict[str, Any]
    versions: dict[str, Any]
    data: dict[str, _Data] = {}
    """What `data_state` gave of each data set; empty in checkpoints of former versions."""

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        """The state of a checkpoint that was read.

        Raises:
            RunError: something is missing, of the wrong type, or inconsistent with the rest; says what.
        """
        try:
            state = cls.model_validate(dict(checkpoint.state))
        except ValidationError as error:
            detail = error.errors()[0]
            place = ".".join(map(str, detail["loc"]))
            raise RunError(f"{checkpoint.path}: damaged: {place}: {message_for(detail)}") from None
        if fault := next(_contradictions(state), None):
            raise RunError(f"{checkpoint.path}: damaged, or changed by hand: {fault}")
        return state


def _contradictions(state: CheckpointState) -> Iterator[str]:
    """What is inconsistent, in words."""
    step = f"step is {shown(state.step)}"
    if state.optimizer.updates > state.step:
        yield f"{step}, but optimizer.updates is {shown(state.optimizer.updates)}"
    if state.ema_updates not in (None, state.step):
        yield f"{step}, but ema_updates is {shown(state.ema_updates)}"
    if (state.precision == "float16") != (state.loss_scale is not None):
        yield f"precision is {state.precision}, but loss_scale is {shown(state.loss_scale)}"
    if (state.best.step or 0) > state.step:
        yield f"{step}, but best.step is {shown(state.best.step)}"
    if (state.best.step is None) != (state.best.score == -1):
        yield f"best.score is {state.best.score}, but best.step is {shown(state.best.step)}"
