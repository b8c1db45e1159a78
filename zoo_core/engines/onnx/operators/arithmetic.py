"""Arithmetic number by number, with one tensor, two, or a tensor and a number. Truth is 1, and 0 is not."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from zoo_core.engines.onnx.operators.registry import operator
from zoo_core.engines.onnx.typed_graph import TypedGraph
from zoo_core.engines.operators.arithmetic import (
    BINARY,
    names_of_number_and_tensor,
    names_of_tensor_and_number,
    names_of_two_tensors,
)

__all__ = ["UNARY", "softplus"]

Binary = Callable[[TypedGraph, str, str], str]
Unary = Callable[[TypedGraph, str], str]


def _two(kind: str) -> Binary:
    return lambda graph, left, right: graph.op(kind, left, right)


def _one(kind: str) -> Unary:
    return lambda graph, data: graph.op(kind, data)


def _truth(kind: str) -> Binary:
    return lambda graph, left, right: graph.cast(graph.op(kind, left, right), graph.dtype(left))


def _or_equal(kind: str) -> Binary:
    def compute(graph: TypedGraph, left: str, right: str) -> str:
        truth = graph.op("Or", graph.op(kind, left, right), graph.op("Equal", left, right))
        return graph.cast(truth, graph.dtype(left))

    return compute


def _logic(kind: str) -> Binary:
    def compute(graph: TypedGraph, left: str, right: str) -> str:
        truth = graph.op(kind, graph.cast(left, np.bool_), graph.cast(right, np.bool_))
        return graph.cast(truth, graph.dtype(left))

    return compute


def _not_equal(graph: TypedGraph, left: str, right: str) -> str:
    return graph.cast(graph.op("Not", graph.op("Equal", left, right)), graph.dtype(left))


def _remainder(graph: TypedGraph, left: str, right: str) -> str:
    """Of the sign of the divisor, as Python's; ONNX has that for whole numbers alone."""
    rest = graph.op("Mod", left, right, fmod=1)
    unlike = graph.op("Less", graph.op("Mul", rest, right), graph.like(0, left))
    return graph.op("Where", unlike, graph.op("Add", rest, right), rest)


def _hypot(graph: TypedGraph, left: str, right: str) -> str:
    squares = (graph.op("Mul", each, each) for each in (left, right))
    return _of_each(_one("Sqrt"), graph, graph.op("Add", *squares))


_BINARY: dict[str, Binary] = {
    "add": _two("Add"),
    "sub": _two("Sub"),
    "mul": _two("Mul"),
    "div": _two("Div"),
    "mod": _remainder,
    "power": _two("Pow"),
    "maximum": _two("Max"),
    "minimum": _two("Min"),
    "hypot": _hypot,
    "equal": _truth("Equal"),
    "not_equal": _not_equal,
    "greater": _truth("Greater"),
    "greater_equal": _or_equal("Greater"),
    "lesser": _truth("Less"),
    "lesser_equal": _or_equal("Less"),
    "logical_and": _logic("And"),
    "logical_or": _logic("Or"),
    "logical_xor": _logic("Xor"),
}


def _times(graph: TypedGraph, data: str, factor: float) -> str:
    return graph.op("Mul", data, graph.like(factor, data))


def _round(graph: TypedGraph, data: str) -> str:
    """To the nearest whole number, of two that with the larger size; ONNX's Round takes the even one."""
    nearest = graph.op("Floor", graph.op("Add", graph.op("Abs", data), graph.like(0.5, data)))
    return graph.op("Mul", graph.op("Sign", data), nearest)


def _round_down(graph: TypedGraph, data: str) -> str:
    """To the nearest whole number, of two the smaller."""
    return graph.op("Ceil", graph.op("Sub", data, graph.like(0.5, data)))


def _truncated(graph: TypedGraph, data: str) -> str:
    return graph.op("Mul", graph.op("Sign", data), graph.op("Floor", graph.op("Abs", data)))


def _cube_root(graph: TypedGraph, data: str) -> str:
    root = graph.op("Pow", graph.op("Abs", data), graph.like(1 / 3, data))
    return graph.op("Mul", graph.op("Sign", data), root)


def _expm1(graph: TypedGraph, data: str) -> str:
    """exp(x) - 1 as 2 sinh(x / 2) exp(x / 2), which is exact near 0."""
    half = _times(graph, data, 0.5)
    return graph.op("Mul", _times(graph, graph.op("Sinh", half), 2), graph.op("Exp", half))


def _log1p(graph: TypedGraph, data: str) -> str:
    """log(1 + x), near 0 as 2 atanh(x / (x + 2)), which is exact there."""
    part = graph.op("Div", data, graph.op("Add", data, graph.like(2, data)))
    near = _times(graph, graph.op("Atanh", part), 2)
    far = graph.op("Log", graph.op("Add", data, graph.like(1, data)))
    return graph.op("Where", graph.op("Less", graph.op("Abs", data), graph.like(0.5, data)), near, far)


def softplus(graph: TypedGraph, data: str) -> str:
    """log(1 + exp(x))."""
    return graph.op("Softplus", data)


def _log_sigmoid(graph: TypedGraph, data: str) -> str:
    return graph.op("Neg", softplus(graph, graph.op("Neg", data)))


def _mish(graph: TypedGraph, data: str) -> str:
    return graph.op("Mul", data, graph.op("Tanh", softplus(graph, data)))


def _filled(value: float) -> Unary:
    return lambda graph, data: graph.op("Expand", graph.like(value, data), graph.all_sizes(data))


UNARY: dict[str, Unary] = {
    "abs": _one("Abs"),
    "sign": _one("Sign"),
    "round": _round,
    "rint": _round_down,
    "ceil": _one("Ceil"),
    "floor": _one("Floor"),
    "trunc": _truncated,
    "fix": _truncated,
    "square": lambda graph, data: graph.op("Mul", data, data),
    "sqrt": _one("Sqrt"),
    "rsqrt": lambda graph, data: graph.op("Reciprocal", graph.op("Sqrt", data)),
    "cbrt": _cube_root,
    "exp": _one("Exp"),
    "expm1": _expm1,
    "log": _one("Log"),
    "log2": lambda graph, data: _times(graph, graph.op("Log", data), 1 / math.log(2)),
    "log10": lambda graph, data: _times(graph, graph.op("Log", data), 1 / math.log(10)),
    "log1p": _log1p,
    "sin": _one("Sin"),
    "cos": _one("Cos"),
    "tan": _one("Tan"),
    "arcsin": _one("Asin"),
    "arccos": _one("Acos"),
    "arctan": _one("Atan"),
    "sinh": _one("Sinh"),
    "cosh": _one("Cosh"),
    "tanh": _one("Tanh"),
    "arcsinh": _one("Asinh"),
    "arccosh": _one("Acosh"),
    "arctanh": _one("Atanh"),
    "sigmoid": _one("Sigmoid"),
    "log_sigmoid": _log_sigmoid,
    "mish": _mish,
    "relu": _one("Relu"),
    "softsign": _one("Softsign"),
    "erf": _one("Erf"),
    "negative": _one("Neg"),
    "reciprocal": _one("Reciprocal"),
    "logical_not": lambda graph, data: _BINARY["equal"](graph, data, graph.like(0, data)),
    "_contrib_div_sqrt_dim": lambda graph, data: _times(graph, data, graph.map_sizes(data, -1)[0] ** -0.5),
    "zeros_like": _filled(0),
    "ones_like": _filled(1),
    "_copy": lambda graph, data: data,  # noqa: ARG005  # nothing is written
    "identity": lambda graph, data: data,  # noqa: ARG005
    "BlockGrad": lambda graph, data: data,  # noqa: ARG005
}
"""What is computed of each number, by MXNet's name."""


def _with_scalar(function: Binary, graph: TypedGraph, data: str, *, scalar: float) -> str:
    return function(graph, data, graph.like(scalar, data))


def _of_scalar(function: Binary, graph: TypedGraph, data: str, *, scalar: float) -> str:
    return function(graph, graph.like(scalar, data), data)


def _of_each(function: Unary, graph: TypedGraph, data: str) -> str:
    dtype = graph.dtype(data)
    if np.issubdtype(dtype, np.floating):
        return function(graph, data)
    return graph.cast(function(graph, graph.cast(data, np.float32)), dtype)  # ONNX has most for numbers with fractions


for _name, _unary in UNARY.items():
    operator(_name)(partial(_of_each, _unary))
for _name in BINARY:
    operator(*names_of_two_tensors(_name))(_BINARY[_name])
    operator(*names_of_tensor_and_number(_name))(partial(_with_scalar, _BINARY[_name]))
    operator(*names_of_number_and_tensor(_name))(partial(_of_scalar, _BINARY[_name]))


@operator("add_n")
def add_n(graph: TypedGraph, *data: str) -> str:
    """The sum of several tensors of one shape."""
    return graph.op("Sum", *data)


@operator("clip")
def clip(graph: TypedGraph, data: str, *, a_min: float, a_max: float) -> str:
    """Numbers no smaller and no larger than these."""
    return graph.op("Clip", data, graph.like(a_min, data), graph.like(a_max, data))


@operator("smooth_l1")
def smooth_l1(graph: TypedGraph, data: str, *, scalar: float) -> str:
    """Half a square near 0, and linear beyond ``1 / scalar ** 2``."""
    squared = scalar * scalar
    size = graph.op("Abs", data)
    linear = graph.op("Sub", size, graph.like(0.5 / squared, data))
    square = _times(graph, graph.op("Mul", data, data), 0.5 * squared)
    return graph.op("Where", graph.op("Greater", size, graph.like(1 / squared, data)), linear, square)


@operator("hard_sigmoid")
def hard_sigmoid(graph: TypedGraph, data: str, *, alpha: float, beta: float) -> str:
    """A straight line between 0 and 1."""
    return graph.op("HardSigmoid", data, alpha=alpha, beta=beta)


@operator("Cast")
def cast(graph: TypedGraph, data: str, *, dtype: str) -> str:
    """Numbers of another type."""
    return graph.cast(data, dtype)
