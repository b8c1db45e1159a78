"""What computes MXNet's operators on one engine, by MXNet's names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from zoo_core.common.errors import ZooError
from zoo_core.common.messages import listed
from zoo_core.engines.operators.declared import DECLARED, HINTS, REQUIRED, REQUIRED_NUMBERS, Declared, OneOf

__all__ = ["Operators", "settings_of"]

Function = Callable[..., Any]
_Function = TypeVar("_Function", bound=Function)


class Operators:
    """A function for each operator that an engine knows.

    Args:
        cannot: what is said of an operator that it does not know: ``"cannot be run on PyTorch yet"``.
        error: the kind of error that says so.
    """

    def __init__(self, cannot: str, error: type[ZooError]) -> None:
        self._cannot, self._error = cannot, error
        self._functions: dict[str, Function] = {}

    def register(self, *names: str) -> Callable[[_Function], _Function]:
        """Let a function compute the operators of these names.

        Its positional parameters are tensors; those that can be given by keyword alone are the settings of the
        operator, whose defaults are those of `DECLARED`.

        Args:
            names: as MXNet has them; of several for one operator that under which it is declared.
        """

        def register(function: _Function) -> _Function:
            for name in names:
                self._functions[name] = function
            return function

        return register

    @property
    def known(self) -> frozenset[str]:
        """All names of the operators that have a function."""
        aliases = (name for name, declared in DECLARED.items() if declared.name in self._functions)
        return frozenset((*self._functions, *aliases))

    def bound(self, name: str, layer: str, settings: Mapping[str, Any]) -> tuple[Function, dict[str, Any]]:
        """The function that computes an operator, and all settings that it takes.

        Args:
            name: of the operator.
            layer: where it stands, for messages.
            settings: as they stand in the graph.

        Raises:
            ZooError: of the kind of this engine; it does not know the operator, a setting, or the value of one.
        """
        declared = DECLARED.get(name, Declared(name, {}))
        function = self._functions.get(declared.name)
        if function is None:
            raise self._error(f"{layer}: the operator {name} of MXNet {self._cannot}")
        given = {key: value for key, value in settings.items() if key not in HINTS | declared.redundant}
        if unknown := sorted(key for key in given.keys() - declared.settings.keys() if given[key] is not None):
            raise self._error(f"{layer}: {name} with {listed(unknown)} {self._cannot}")
        complete = {key: self._value(name, layer, key, given) for key in declared.settings}
        return function, {key: value for key, value in complete.items() if key in settings_of(function)}

    def _value(self, name: str, layer: str, key: str, given: Mapping[str, Any]) -> Any:
        default = DECLARED[name].settings[key]
        choices = default.values if isinstance(default, OneOf) else ()
        value = given.get(key, choices[0] if choices else default)
        if isinstance(default, tuple) and not isinstance(value, tuple):
            value = () if value is None else (value,)  # as MXNet reads one number
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if value in (REQUIRED, REQUIRED_NUMBERS):
            raise self._error(f"{layer}: {name} lacks its setting {key}; the graph is damaged")
        if choices and value not in choices:
            raise self._error(f"{layer}: {name} with {key} {value} {self._cannot}")
        return value


def settings_of(function: Function) -> frozenset[str]:
    """The parameters of a function that can be given by keyword alone."""
    parameters = inspect.signature(function).parameters.values()
    return frozenset(each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY)
