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


def whole(symbol: Any) -> Any:
    return S.cast(symbol, dtype="int32")


@pytest.mark.parametrize(
    "symbol",
    [
        whole(A) / whole(B), whole(A) / 2, 7 / whole(A), whole(A) % whole(B), S.broadcast_hypot(whole(A), whole(B)),
        S.sqrt(whole(A)), S.exp(whole(A)), S.relu(whole(A)), S.mean(whole(A), axis=1), S.sum(whole(A), axis=1),
        S.clip(whole(A), 1.5, 3.5), whole(A) * 0.5, whole(A) > 2.5,
    ],
)  # fmt: skip
def test_whole_numbers_stay_whole(symbol: Any) -> None:
    numbers = np.array([[5, 3, 4, 2], [1, 7, 9, 3]], np.float32)
    compared(S.cast(symbol, dtype="float32"), numbers, numbers[:, ::-1].copy(), training=False)


@pytest.mark.parametrize(
    "symbol", [S.hard_sigmoid(A, alpha=0.5, beta=0.5), S.Activation(A, act_type="softrelu"), S.clip(A, -1, 1), S.abs(A)]
)
def test_gradients_where_a_function_has_a_corner(symbol: Any) -> None:
    compared(symbol, np.array([[-1, 0, 1, 0.5]], np.float32))
