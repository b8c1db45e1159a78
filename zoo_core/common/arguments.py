"""Checks of the Python API's arguments: what cannot be meant is told where it was given, not from the depths.

A public function names a rule for each of its arguments: ``@checked(path=PATH, iou=SHARE)``. A rule takes the name
and the value of an argument and gives the value to go on with, so that a number of NumPy becomes one of Python.
"""

from __future__ import annotations

import inspect
import operator
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

from zoo_core.common.errors import ArgumentError
from zoo_core.common.messages import did_you_mean, shown

__all__ = [
    "CALLBACK",
    "COUNT",
    "DATASET",
    "DETECTOR",
    "FLAG",
    "NAMES",
    "NUMBER",
    "PATH",
    "SHARE",
    "TABLE",
    "TEXT",
    "WHOLE",
    "Rule",
    "checked",
    "count_from",
    "each_of",
    "either",
    "having",
    "index_among",
    "instance",
    "one_of",
    "parsed",
    "positive",
]

Rule = Callable[[str, Any], Any]
"""Gives the value of the argument of a name, or raises an `ArgumentError`."""

Given = ParamSpec("Given")
Result = TypeVar("Result")


def checked(**rules: Rule) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Let a function be called only with arguments that its rules allow; the default of an argument is always allowed.

    Raises:
        ArgumentError: by the function, when an argument cannot be meant; a ZooError and a ValueError.
    """

    def decorated(function: Callable[Given, Result]) -> Callable[Given, Result]:
        signature = inspect.signature(function)

        @wraps(function)
        def calling(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            bound = signature.bind(*args, **kwargs)
            for name, value in bound.arguments.items():
                if name in rules and value is not signature.parameters[name].default:
                    bound.arguments[name] = rules[name](name, value)
            return function(*bound.args, **bound.kwargs)

        return calling

    return decorated


def _refusing(name: str, expected: str, value: object) -> ArgumentError:
    return ArgumentError(f"{name} should be {expected}; given {shown(value)}")


def _allowing(expected: str, allowed: Callable[[Any], bool]) -> Rule:
    """The rule that lets through what is allowed, as it is."""

    def rule(name: str, value: Any) -> Any:
        if not allowed(value):
            raise _refusing(name, expected, value)
        return value

    return rule


def count_from(least: int) -> Rule:
    """An integer of at least so much, and no more than Python can count; a truth value is none."""

    def rule(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
            raise _refusing(name, f"an integer of at least {least}", value)
        if int(value) > sys.maxsize:
            raise _refusing(name, f"at most {sys.maxsize}", value)
        return int(value)

    return rule


def _number(expected: str, least: float, most: float) -> Rule:
    def rule(name: str, value: Any) -> float:
        # Not as a float, which an integer of 400 digits cannot become; typeshed does not know that Real compares.
        if isinstance(value, bool) or not isinstance(value, Real) or not least <= value <= most:  # type: ignore[operator]
            raise _refusing(name, expected, value)
        return value if isinstance(value, int | float) else float(value)

    return rule


def positive(expected: str) -> Rule:
    """A number above 0, however large."""

    def rule(name: str, value: Any) -> float:
        number = NUMBER(name, value)
        if number <= 0:
            raise _refusing(name, expected, value)
        return float(number)

    return rule


def instance(kind: type, expected: str) -> Rule:
    """An object of a class."""
    return _allowing(expected, lambda value: isinstance(value, kind))


def having(expected: str, *attributes: str) -> Rule:
    """An object, and no class, with some attributes."""
    return _allowing(
        expected, lambda value: not isinstance(value, type) and all(hasattr(value, each) for each in attributes)
    )


def one_of(*words: str) -> Rule:
    """One of some words."""

    def rule(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            guess = did_you_mean(value, words) if isinstance(value, str) else ""
            raise ArgumentError(f"{name} should be {' or '.join(map(repr, words))}; given {shown(value)}{guess}")
        return value

    return rule


def index_among(count: int, thing: str, value: object) -> int:
    """The index, from 0, of one of so many things; a negative one counts from their end, as everywhere in Python.

    Raises:
        IndexError: there are not so many; a loop over the things ends by it.
        ArgumentError: it is not an index.
    """
    try:
        index = operator.index(value)  # type: ignore[arg-type]  # what is none is told
    except TypeError:
        raise _refusing(f"the index of {thing}", "a whole number", value) from None
    if not -count <= index < count:
        raise IndexError(f"{thing} {index} does not exist: there are {count}")
    return index % count


def parsed(parse: Callable[[Any], Any]) -> Rule:
    """What can be read as something, as which it goes on; `parse` raises ValueError for all else."""

    def rule(name: str, value: Any) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            raise ArgumentError(f"{name}: {error}; given {shown(value)}") from None

    return rule


def either(first: Rule, second: Rule, expected: str) -> Rule:
    """What one of two rules allows."""

    def rule(name: str, value: Any) -> Any:
        for each in (first, second):
            try:
                return each(name, value)
            except ArgumentError:
                continue
        raise _refusing(name, expected, value)

    return rule


def each_of(rule: Rule, expected: str) -> Rule:
    """Some of what another rule allows, at least one; a string is none."""

    def rules(name: str, value: Any) -> tuple[Any, ...]:
        given = () if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable) else tuple(value)
        if not given:
            raise _refusing(name, expected, value)
        return tuple(rule(f"{name}[{index}]", each) for index, each in enumerate(given))

    return rules


def _is_path(value: object) -> bool:
    if isinstance(value, str):
        return value != ""  # of a variable that is not set, perhaps; pathlib would read it as the current folder
    return isinstance(value, os.PathLike) and isinstance(os.fspath(value), str)


def _flag(name: str, value: Any) -> bool:
    if type(value).__name__ not in ("bool", "bool_"):  # the second is NumPy's, which this module does not import
        raise _refusing(name, "true or false", value)
    return bool(value)


COUNT = count_from(1)
WHOLE = count_from(0)
SHARE = _number("a number from 0 to 1", 0, 1)
NUMBER = _number("a number", -sys.float_info.max, sys.float_info.max)
FLAG: Rule = _flag
TEXT = _allowing("a string", lambda value: isinstance(value, str))
NAMES = each_of(TEXT, "a list of names")
TABLE = _allowing("a table of settings", lambda value: isinstance(value, Mapping))
PATH = _allowing("a path", _is_path)
CALLBACK = _allowing("a function", callable)
DATASET = having("a data set, as zoo_core.dataset opens one", "class_names", "__len__", "__getitem__")
DETECTOR = having("a detector, as zoo_core.load gives one", "class_names", "predict")
