"""The light half: what can be set. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from zoo_core.plugin_api import OptimizerSettings

__all__ = ["NewpartSettings"]

_Share = Annotated[float, Field(ge=0, lt=1)]


class NewpartSettings(OptimizerSettings):
    """Steps of one size against the sign of the gradients' running mean; a tenth of Adam's learning rate suits it.

    Source: Chen et al., Symbolic Discovery of Optimization Algorithms, 2023, algorithm 2 (Lion).
    """

    name: Literal["newpart"] = "newpart"
    state_names: ClassVar[tuple[str, ...]] = ("momentum",)

    beta1: _Share = 0.9
    """The share of the running mean, against the gradient, in what a step goes by."""
    beta2: _Share = 0.99
    """The share of the running mean that stays."""
