"""The operators of MXNet that can be run on PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo_core.common.errors import RunError
from zoo_core.engines.operators.registry import Operators, settings_of

__all__ = ["OPERATORS", "UnsupportedOperatorError", "may_overwrite", "operator", "takes_training"]


class UnsupportedOperatorError(RunError):
    """An operator, or a setting of one, that cannot be run on PyTorch."""


OPERATORS = Operators(
    "cannot be run on PyTorch yet: use engine mxnet, or let the part be made of other operators, listed in "
    "docs/export.md",
    UnsupportedOperatorError,
)
operator = OPERATORS.register
"""Lets a function compute an operator; one with ``training`` is told whether the network is being trained, and one with
``overwrite`` whether it may put its result in the place of its operand."""


def takes_training(function: Callable[..., Any]) -> bool:
    """Whether an operator does something else in training."""
    return "training" in settings_of(function)


def may_overwrite(function: Callable[..., Any]) -> bool:
    """Whether an operator can put its result in the place of its operand."""
    return "overwrite" in settings_of(function)
