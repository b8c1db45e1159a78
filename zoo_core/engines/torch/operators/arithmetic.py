"""Arithmetic number by number, with one tensor, two, or a tensor and a number. Truth is 1, and 0 is not."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from zoo_core.engines.operators.arithmetic import (
    BINARY,
    names_of_number_and_tensor,
    names_of_tensor_and_number,
    names_of_two_tensors,
)
from zoo_core.engines.torch.operators.registry import operator

__all__ = ["add_n", "cast", "clip", "smooth_l1"]

Binary = Callable[[Tensor, Tensor], Tensor]
Unary = Callable[[Tensor], Tensor]


def _truth(compare: Binary) -> Binary:
    return lambda left, right: compare(left, right).to(left.dtype)


def _both(left: Tensor, right: Tensor) -> Tensor:
    return left.bool() & right.bool()


def _either(left: Tensor, right: Tensor) -> Tensor:
    return left.bool() | right.bool()


def _one_of(left: Tensor, right: Tensor) -> Tensor:
    return left.bool() ^ right.bool()


def _larger(left: Tensor, right: Tensor) -> Tensor:
    # PyTorch's own gives each of two equal numbers half of the gradient, MXNet all to the first.
    return torch.where(left >= right, left, right)


def _smaller(left: Tensor, right: Tensor) -> Tensor:
    return torch.where(left <= right, left, right)


def _quotient(left: Tensor, right: Tensor) -> Tensor:
    return torch.div(left, right, rounding_mode=None if _have_fractions(left, right) else "trunc")


def _hypotenuse(left: Tensor, right: Tensor) -> Tensor:
    if _have_fractions(left, right):
        return torch.hypot(left, right)
    return torch.hypot(left.double(), right.double()).to(left.dtype)


def _have_fractions(*tensors: Tensor) -> bool:
    """Whether some are not of whole numbers; of these MXNet makes whole numbers again."""
    return any(each.is_floating_point() for each in tensors)


_BINARY: dict[str, Binary] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": _quotient,
    "mod": torch.remainder,
    "power": torch.pow,
    "maximum": _larger,
    "minimum": _smaller,
    "hypot": _hypotenuse,
    "equal": _truth(torch.eq),
    "not_equal": _truth(torch.ne),
    "greater": _truth(torch.gt),
    "greater_equal": _truth(torch.ge),
    "lesser": _truth(torch.lt),
    "lesser_equal": _truth(torch.le),
    "logical_and": _truth(_both),
    "logical_or": _truth(_either),
    "logical_xor": _truth(_one_of),
}

_UNARY: dict[str, Unary] = {
    "abs": torch.abs,
    "sign": torch.sign,
    "round": lambda data: torch.sign(data) * torch.floor(data.abs() + 0.5),
    "rint": lambda data: torch.ceil(data - 0.5),
    "ceil": torch.ceil,
    "floor": torch.floor,
    "trunc": torch.trunc,
    "fix": torch.trunc,
    "square": torch.square,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "cbrt": lambda data: torch.sign(data) * data.abs() ** (1 / 3),
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log2": torch.log2,
    "log10": torch.log10,
    "log1p": torch.log1p,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "arcsin": torch.asin,
    "arccos": torch.acos,
    "arctan": torch.atan,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "tanh": torch.tanh,
    "arcsinh": torch.asinh,
    "arccosh": torch.acosh,
    "arctanh": torch.atanh,
    "sigmoid": torch.sigmoid,
    "log_sigmoid": functional.logsigmoid,
    "mish": functional.mish,
    "relu": functional.relu,
    "softsign": functional.softsign,
    "erf": torch.erf,
    "negative": torch.neg,
    "reciprocal": torch.reciprocal,
    "logical_not": lambda data: (data == 0).to(data.dtype),
    "_contrib_div_sqrt_dim": lambda data: data / math.sqrt(data.shape[-1]),
    "zeros_like": torch.zeros_like,
    "ones_like": torch.ones_like,
    "_copy": lambda data: data,
    "identity": lambda data: data,
    "BlockGrad": torch.detach,
}


def _with_scalar(function: Binary, data: Tensor, *, scalar: float) -> Tensor:
    return function(data, torch.full_like(data, scalar))


def _of_scalar(function: Binary, data: Tensor, *, scalar: float) -> Tensor:
    return function(torch.full_like(data, scalar), data)


def _register() -> None:
    for name, unary in _UNARY.items():
        operator(name)(partial(_one, unary))
    for name in BINARY:
        operator(*names_of_two_tensors(name))(partial(_two, _BINARY[name]))
        operator(*names_of_tensor_and_number(name))(partial(_with_scalar, _BINARY[name]))
        operator(*names_of_number_and_tensor(name))(partial(_of_scalar, _BINARY[name]))


def _one(function: Unary, data: Tensor) -> Tensor:
    return function(data) if data.is_floating_point() else function(data.double()).to(data.dtype)


def _two(function: Binary, left: Tensor, right: Tensor) -> Tensor:
    return function(left, right)


_register()


@operator("add_n")
def add_n(*data: Tensor) -> Tensor:
    """The sum of several tensors of one shape."""
    return torch.stack(data).sum(0)


@operator("clip")
def clip(data: Tensor, *, a_min: float, a_max: float) -> Tensor:
    """Numbers no smaller and no larger than these."""
    return data.clamp(a_min, a_max).to(data.dtype)  # limits with fractions make PyTorch's whole numbers floats


@operator("smooth_l1")
def smooth_l1(data: Tensor, *, scalar: float) -> Tensor:
    """Half a square near 0, and linear beyond ``1 / scalar ** 2``."""
    squared = scalar * scalar
    size = data.abs()
    return torch.where(size > 1 / squared, size - 0.5 / squared, 0.5 * squared * data * data)


@operator("hard_sigmoid")
def hard_sigmoid(data: Tensor, *, alpha: float, beta: float) -> Tensor:
    """A straight line between 0 and 1."""
    return functional.hardtanh(alpha * data + beta, 0, 1)  # at both ends it has no gradient, other than `clamp`


@operator("Cast")
def cast(data: Tensor, *, dtype: str) -> Tensor:
    """Numbers of another type."""
    return data.to(getattr(torch, dtype))
