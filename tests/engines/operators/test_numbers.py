"""Operators that compute number by number, of one tensor or of two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.operators.held_to_mxnet import A, B, S, compared, drawn

POSITIVE = ("sqrt", "rsqrt", "cbrt", "log", "log2", "log10", "log1p", "reciprocal")
UNARY = ("abs", "sign", "round", "rint", "ceil", "floor", "trunc", "fix", "square", "exp", "expm1", "sin", "cos", "tan")
UNARY += (
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "sigmoid",
    "relu",
    "softsign",
    "erf",
    "negative",
    "logical_not",
    "zeros_like",
)
UNARY += ("ones_like", "identity", "BlockGrad", "hard_sigmoid", *POSITIVE)


@pytest.mark.parametrize("name", UNARY)
def test_number_by_number(name: str) -> None:
    data = drawn(3, 5)
    data[0, 0] = 0.5  # half way between two whole numbers
    data[1] = np.array([-1.5, 3.5, 0, -0.5, 1.5]) if name not in POSITIVE else 1
    compared(getattr(S, name)(A), np.abs(data) + 0.1 if name in POSITIVE else data)


@pytest.mark.parametrize("name", ["arcsin", "arccos", "arctanh", "arccosh"])
def test_number_by_number_of_a_range(name: str) -> None:
    inside = np.tanh(drawn(3, 5))
    compared(getattr(S, name)(A), 1.1 + np.abs(inside) if name == "arccosh" else inside)


TWO = ("add", "sub", "mul", "div", "mod", "power", "maximum", "minimum", "hypot", "equal", "not_equal", "greater")
TWO += ("greater_equal", "lesser", "lesser_equal", "logical_and", "logical_or", "logical_xor")


@pytest.mark.parametrize("name", TWO)
def test_two_tensors_of_unlike_shapes(name: str) -> None:
    left, right = np.abs(drawn(3, 4)) + 0.5, np.abs(drawn(3, 1, seed=1)) + 0.5
    left[0], left[1, 0] = right[0], 0
    if name == "power":
        left += 0.5
    compared(getattr(S, f"broadcast_{name}")(A, B), left, right)


def by_operators(left: Any, right: Any) -> list[Any]:
    """What Python's own signs mean, with a tensor and with a number."""
    return [
        left + right, left - right, left * right, left / right, left**right, left % right,
        left > right, left >= right, left < right, left <= right, left == right, left != right,
    ]  # fmt: skip


@pytest.mark.parametrize("index", range(12))
def test_two_tensors_by_sign(index: int) -> None:
    compared(by_operators(A, B)[index], np.abs(drawn(3, 4)) + 0.5, np.abs(drawn(3, 4, seed=1)) + 0.5)


@pytest.mark.parametrize("index", range(12))
def test_a_tensor_and_a_number(index: int) -> None:
    compared(by_operators(A, 1.7)[index], np.abs(drawn(3, 4)) + 0.5)


@pytest.mark.parametrize("symbol", [1.7 - A, 1.7 / A, 1.7**A, 1.7 % A, S.maximum(A, 0.9), S.minimum(A, 0.9)])
def test_a_number_and_a_tensor(symbol: Any) -> None:
    compared(symbol, np.abs(drawn(3, 4)) + 0.5)
