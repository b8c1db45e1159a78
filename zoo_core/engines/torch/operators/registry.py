"""The operators of MXNet that can be run on PyTorch, by MXNet's names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from zoo_core.common.errors import RunError
from zoo_core.common.messages import listed

__all__ = ["UnsupportedOperatorError", "bound", "known_operators", "may_overwrite", "operator", "takes_training"]

Function = Callable[..., Any]
_Function = TypeVar("_Function", bound=Function)
_OPERATORS: dict[str, Function] = {}
_REDUNDANT: dict[str, frozenset[str]] = {}

_HINTS = frozenset({"workspace", "cudnn_tune", "cudnn_off", "num_args", "ctx", "safe_accumulation"})
"""Settings that say how MXNet is to compute, and not what; the number of operands is seen from these."""


class UnsupportedOperatorError(RunError):
    """An operator, or a setting of one, that cannot be run on PyTorch."""


def operator(*names: str, redundant: tuple[str, ...] = ()) -> Callable[[_Function], _Function]:
    """Let a function compute the operators of these names.

    Its positional parameters are tensors; those that can be given by keyword alone are the settings of the operator,
    with MXNet's defaults. One with ``training`` is told whether the network is being trained, one with ``overwrite``
    whether it may put its result in the place of its operand.

    Args:
        names: as MXNet has them.
        redundant: settings that the operands tell already, such as the number of filters.
    """

    def register(function: _Function) -> _Function:
        for name in names:
            _OPERATORS[name], _REDUNDANT[name] = function, frozenset(redundant)
        return function

    return register


def known_operators() -> frozenset[str]:
    """Names of the operators that can be run."""
    return frozenset(_OPERATORS)


def bound(name: str, layer: str, settings: Mapping[str, Any]) -> tuple[Function, dict[str, Any]]:
    """The function that computes an operator, and its settings.

    Args:
        name: of the operator.
        layer: where it stands, for messages.
        settings: as they stand in the graph.

    Raises:
        UnsupportedOperatorError: there is no such operator here, or it lacks a setting.
    """
    function = _OPERATORS.get(name)
    if function is None:
        raise UnsupportedOperatorError(f"{layer}: the operator {name} of MXNet cannot be run on PyTorch yet")
    given = {key: value for key, value in settings.items() if key not in _HINTS | _REDUNDANT[name]}
    known = _settings_of(function)
    if unknown := sorted(given.keys() - known):
        raise UnsupportedOperatorError(f"{layer}: {name} with {listed(unknown)} cannot be run on PyTorch yet")
    return function, given


def _settings_of(function: Function) -> frozenset[str]:
    parameters = inspect.signature(function).parameters.values()
    return frozenset(each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY)


def takes_training(function: Function) -> bool:
    """Whether an operator does something else in training."""
    return "training" in _settings_of(function)


def may_overwrite(function: Function) -> bool:
    """Whether an operator can put its result in the place of its operand."""
    return "overwrite" in _settings_of(function)
