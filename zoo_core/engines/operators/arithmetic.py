"""MXNet's names of arithmetic with two tensors, or with a tensor and a number."""

from __future__ import annotations

from zoo_core.engines.operators.declared import DECLARED, REQUIRED, Declared

__all__ = ["BINARY", "names_of_number_and_tensor", "names_of_tensor_and_number", "names_of_two_tensors"]

BINARY = (
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "power",
    "maximum",
    "minimum",
    "hypot",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "lesser",
    "lesser_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
)
_WITH_NUMBERS = {"add": "plus", "sub": "minus"}
_REVERSIBLE = ("sub", "div", "mod", "power")


def names_of_two_tensors(name: str) -> tuple[str, ...]:
    """Those of one of `BINARY` with two tensors."""
    return f"elemwise_{name}", f"broadcast_{name}", f"_{name}"


def names_of_tensor_and_number(name: str) -> tuple[str, ...]:
    """Those with a tensor and a number, the setting ``scalar``."""
    return tuple(dict.fromkeys(f"_{each}_scalar" for each in (name, _WITH_NUMBERS.get(name, name))))


def names_of_number_and_tensor(name: str) -> tuple[str, ...]:
    """Those with a number, ``scalar``, and a tensor, in this order; none where the order does not matter."""
    return (f"_r{_WITH_NUMBERS.get(name, name)}_scalar",) if name in _REVERSIBLE else ()


for _name in BINARY:
    for _each in (*names_of_tensor_and_number(_name), *names_of_number_and_tensor(_name)):
        DECLARED[_each] = Declared(_each, {"scalar": REQUIRED}, frozenset({"is_int"}))
