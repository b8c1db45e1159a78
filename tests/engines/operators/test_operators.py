"""Each operator against MXNet's own, with settings drawn at random: on PyTorch with gradients, and in ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from tests.engines.operators.held_to_mxnet import compared, drawn
from zoo_core.engines.gluon import mx
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.operators.shapes import reshaped
from zoo_core.engines.torch.module import GraphModule
from zoo_core.engines.torch.operators.registry import OPERATORS, UnsupportedOperatorError

S = mx.sym
A, B, C, D, E = (S.var(name) for name in "abcde")
SIDES = st.integers(1, 3)


def compared_where_mxnet_can(symbol: Any, *operands: Any, training: bool = True) -> None:
    """As `compared`; MXNet's library has nothing for a window that is in the padding alone."""
    try:
        compared(symbol, *operands, training=training)
    except mx.base.MXNetError as error:
        assume("could not create a descriptor" not in str(error))
        raise


@settings(deadline=None, max_examples=30)
@given(
    kernel=st.tuples(SIDES, SIDES),
    stride=st.tuples(SIDES, SIDES),
    dilate=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    pad=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    groups=st.sampled_from([1, 2, 4]),
    no_bias=st.booleans(),
)
def test_convolution(kernel: Any, stride: Any, dilate: Any, pad: Any, groups: int, no_bias: bool) -> None:
    asked = {"kernel": kernel, "stride": stride, "dilate": dilate, "pad": pad, "num_group": groups}
    operands = [drawn(2, 4, 7, 6), drawn(8, 4 // groups, *kernel, seed=1), *([] if no_bias else [drawn(8, seed=2)])]
    symbol = S.Convolution(*(A, B, C)[: len(operands)], num_filter=8, no_bias=no_bias, **asked)
    compared(symbol, *operands)


def test_a_convolution_over_one_axis() -> None:
    compared(S.Convolution(A, B, no_bias=True, num_filter=3, kernel=(3,), pad=(1,)), drawn(2, 4, 9), drawn(3, 4, 3))


@settings(deadline=None, max_examples=30)
@given(
    kernel=st.tuples(SIDES, SIDES),
    stride=st.tuples(SIDES, SIDES),
    pad=st.tuples(st.integers(0, 1), st.integers(0, 1)),
    adj=st.tuples(st.integers(0, 1), st.integers(0, 1)),
    groups=st.sampled_from([1, 2]),
    wanted=st.none() | st.tuples(st.integers(4, 9), st.integers(4, 9)),
)
def test_deconvolution(kernel: Any, stride: Any, pad: Any, adj: Any, groups: int, wanted: Any) -> None:
    assume(all(extra < step for extra, step in zip(adj, stride, strict=True)))
    assume(all(2 * width < side + step for width, side, step in zip(pad, kernel, stride, strict=True)))
    asked: dict[str, Any] = {"kernel": kernel, "stride": stride, "num_group": groups, "num_filter": 6}
    if wanted is None:
        asked |= {"pad": pad, "adj": adj}
    else:
        whole = [4 * step + side for step, side in zip(stride, kernel, strict=True)]
        surplus = [size - each for size, each in zip(whole, wanted, strict=True)]
        assume(
            all(
                0 <= each < 2 * side and each % 2 < step
                for each, side, step in zip(surplus, kernel, stride, strict=True)
            )
        )
        asked["target_shape"] = wanted
    compared_where_mxnet_can(S.Deconvolution(A, B, **asked), drawn(2, 4, 5, 5), drawn(4, 6 // groups, *kernel, seed=1))


@settings(deadline=None, max_examples=30)
@given(
    kind=st.sampled_from(["max", "avg", "sum"]),
    kernel=st.tuples(SIDES, SIDES),
    stride=st.tuples(SIDES, SIDES),
    pad=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    convention=st.sampled_from(["valid", "full"]),
    include=st.booleans(),
    size=st.tuples(st.integers(3, 8), st.integers(3, 8)),
)
def test_pooling(kind: str, kernel: Any, stride: Any, pad: Any, convention: str, include: bool, size: Any) -> None:
    assume(all(width < side for width, side in zip(pad, kernel, strict=True)))
    asked = {"pool_type": kind, "kernel": kernel, "stride": stride, "pad": pad, "count_include_pad": include}
    # Where a mean that counts padding is cut at its end, MXNet's gradient is not that of its output.
    cut = kind == "avg" and include and convention == "full"
    compared_where_mxnet_can(S.Pooling(A, pooling_convention=convention, **asked), drawn(2, 3, *size), training=not cut)


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_pooling_of_the_whole_map(kind: str) -> None:
    compared(S.Pooling(A, pool_type=kind, global_pool=True, kernel=(2, 2), pad=(1, 1)), drawn(2, 3, 5, 4))


@settings(deadline=None, max_examples=30)
@given(fix=st.booleans(), fixed=st.booleans(), axis=st.sampled_from([1, 3]), count=st.sampled_from([1, 2, 3]))
def test_batch_norm(fix: bool, fixed: bool, axis: int, count: int) -> None:
    data = drawn(count, 4, 3, 4)
    statistics = drawn(4, seed=3), np.abs(drawn(4, seed=4)) + 0.1
    symbol = S.BatchNorm(A, B, C, D, E, fix_gamma=fix, use_global_stats=fixed, axis=axis, eps=1e-5, momentum=0.9)
    compared(symbol, data, drawn(4, seed=1), drawn(4, seed=2), *statistics, tolerance=1e-4)
    compared(symbol, data, drawn(4, seed=1), drawn(4, seed=2), *statistics, training=False)


def test_batch_norm_of_one_number_a_channel() -> None:
    operands = drawn(1, 3, 1, 1), *(drawn(3, seed=each) for each in (1, 2, 3)), np.ones(3, np.float32)
    symbol = S.BatchNorm(A, B, C, D, E, fix_gamma=False)
    compared(symbol, *operands)


LAYERS: dict[str, tuple[Any, Callable[[], list[Any]]]] = {
    "dense": (S.FullyConnected(A, B, C, num_hidden=3), lambda: [drawn(2, 4, 2), drawn(3, 8, seed=1), drawn(3, seed=2)]),
    "dense, last axis": (
        S.FullyConnected(A, B, num_hidden=3, flatten=False, no_bias=True),
        lambda: [drawn(2, 4, 5), drawn(3, 5, seed=1)],
    ),
    "layer norm": (S.LayerNorm(A, B, C, axis=1), lambda: [drawn(2, 4, 5), drawn(4, seed=1), drawn(4, seed=2)]),
    "group norm": (
        S.GroupNorm(A, B, C, num_groups=2),
        lambda: [drawn(2, 4, 3, 3), drawn(2, seed=1), drawn(2, seed=2)],
    ),
    "instance norm": (S.InstanceNorm(A, B, C), lambda: [drawn(2, 4, 3, 3), drawn(4, seed=1), drawn(4, seed=2)]),
    "length of items": (S.L2Normalization(A), lambda: [drawn(2, 4, 3, 3)]),
    "length of cells": (S.L2Normalization(A, mode="channel"), lambda: [drawn(2, 4, 3, 3)]),
    "length of channels": (S.L2Normalization(A, mode="spatial"), lambda: [drawn(2, 4, 3, 3)]),
    "local response norm": (S.LRN(A, nsize=3, alpha=0.1, beta=0.6, knorm=1.5), lambda: [drawn(2, 5, 3, 3)]),
    "leaky": (S.LeakyReLU(A, act_type="leaky", slope=0.1), lambda: [drawn(2, 3, 4)]),
    "prelu": (S.LeakyReLU(A, B, act_type="prelu"), lambda: [drawn(2, 3, 4), drawn(3, seed=1)]),
    "elu": (S.LeakyReLU(A, act_type="elu", slope=0.7), lambda: [drawn(2, 3, 4)]),
    "gelu": (S.LeakyReLU(A, act_type="gelu"), lambda: [drawn(2, 3, 4)]),
    "nearest": (S.UpSampling(A, scale=2, sample_type="nearest"), lambda: [drawn(2, 3, 4, 5)]),
    "nearest of two": (
        S.UpSampling(A, B, scale=2, sample_type="nearest", num_args=2),
        lambda: [drawn(1, 3, 4, 4), drawn(1, 2, 2, 2)],
    ),
    "nearest, summed": (
        S.UpSampling(A, B, scale=3, sample_type="nearest", num_args=2, multi_input_mode="sum"),
        lambda: [drawn(1, 3, 4, 4), drawn(1, 3, 2, 2)],
    ),
    "bilinear": (
        S.UpSampling(A, B, scale=2, sample_type="bilinear", num_filter=3, num_args=2),
        lambda: [drawn(1, 3, 4, 4), drawn(3, 1, 4, 4, seed=1)],
    ),
    "bilinear by three": (
        S.UpSampling(A, B, scale=3, sample_type="bilinear", num_filter=2, num_args=2),
        lambda: [drawn(1, 2, 4, 3), drawn(2, 1, 5, 5, seed=1)],
    ),
    "adaptive": (S.contrib.AdaptiveAvgPooling2D(A, output_size=(3, 2)), lambda: [drawn(2, 3, 7, 5)]),
    "resized": (S.contrib.BilinearResize2D(A, height=5, width=9), lambda: [drawn(2, 3, 4, 4)]),
    "max over one axis": (S.Pooling(A, kernel=(3,), stride=(2,), pool_type="max"), lambda: [drawn(2, 3, 9)]),
    "root of squares": (S.Pooling(A, kernel=(2, 2), pool_type="lp", p_value=2), lambda: [drawn(2, 3, 5, 5)]),
    "a mean without the padding": (
        S.Pooling(A, kernel=(2, 3), pool_type="avg", pad=(1, 1), count_include_pad=False),
        lambda: [drawn(2, 3, 4, 3)],
    ),
    "a mean of no numbers": (
        S.Pooling(A, kernel=(1, 1), stride=(2, 1), pool_type="avg", pooling_convention="full"),
        lambda: [drawn(2, 3, 4, 3)],
    ),
    "windows in the padding alone": (
        S.Pooling(A, kernel=(2, 2), stride=(2, 2), pool_type="max", pooling_convention="full", pad=(1, 1)),
        lambda: [drawn(2, 3, 5, 6)],
    ),
}
for _kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
    LAYERS[_kind] = (S.Activation(A, act_type=_kind), lambda: [drawn(2, 3, 4) * 9])


def test_selu() -> None:
    # Its gradient in MXNet is not that of its output, so outputs are compared alone.
    compared(S.LeakyReLU(A, act_type="selu"), drawn(2, 3, 4), training=False)


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name: str) -> None:
    symbol, operands = LAYERS[name]
    compared(symbol, *operands(), tolerance=5e-5)


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


SHAPES: dict[str, tuple[Any, Callable[[], list[Any]]]] = {
    "flatten": (S.Flatten(A), lambda: [drawn(2, 3, 4)]),
    "transpose": (S.transpose(A, axes=(0, 2, 3, 1)), lambda: [drawn(2, 3, 4, 5)]),
    "transpose all": (S.transpose(A), lambda: [drawn(2, 3, 4)]),
    "swap": (S.swapaxes(A, dim1=1, dim2=2), lambda: [drawn(2, 3, 4)]),
    "expand": (S.expand_dims(A, axis=1), lambda: [drawn(2, 3)]),
    "expand last": (S.expand_dims(A, axis=-1), lambda: [drawn(2, 3)]),
    "squeeze": (S.squeeze(A, axis=1), lambda: [drawn(2, 1, 3, 1)]),
    "squeeze all": (S.squeeze(A), lambda: [drawn(2, 1, 3, 1)]),
    "squeeze two": (S.squeeze(A, axis=(1, 3)), lambda: [drawn(2, 1, 3, 1)]),
    "concat": (S.concat(A, B, dim=2), lambda: [drawn(2, 3, 4), drawn(2, 3, 2)]),
    "stack": (S.stack(A, B, axis=1), lambda: [drawn(2, 3), drawn(2, 3, seed=1)]),
    "split": (S.Group(list(S.split(A, num_outputs=3, axis=1))), lambda: [drawn(2, 6, 2)]),
    "split and squeeze": (S.split(A, num_outputs=3, axis=1, squeeze_axis=True)[1], lambda: [drawn(2, 3, 2)]),
    "split in three": (S.Group(list(S.split_v2(A, 3, axis=1))), lambda: [drawn(2, 6, 2)]),
    "split at indices": (S.Group(list(S.split_v2(A, (1, 3), axis=1))), lambda: [drawn(2, 6, 2)]),
    "split off and squeeze": (S.split_v2(A, 3, axis=1, squeeze_axis=True)[2], lambda: [drawn(2, 3, 2)]),
    "crop": (S.Crop(A, h_w=(2, 3), offset=(1, 2)), lambda: [drawn(2, 3, 5, 6)]),
    "crop the middle": (S.Crop(A, B * 0, center_crop=True), lambda: [drawn(2, 3, 5, 6), drawn(2, 1, 2, 3)]),
    "slice": (S.slice(A, begin=(None, 1), end=(None, 3)), lambda: [drawn(2, 4, 3)]),
    "slice back": (S.slice(A, begin=(0, 3), end=(2, 0), step=(1, -1)), lambda: [drawn(2, 4, 3)]),
    "slice two by two": (S.slice(A, begin=(0, 0), end=(2, None), step=(None, 2)), lambda: [drawn(2, 5)]),
    "slice an axis": (S.slice_axis(A, axis=1, begin=1, end=None), lambda: [drawn(2, 4)]),
    "slice from the end": (S.slice_axis(A, axis=-1, begin=-3, end=-1), lambda: [drawn(2, 4)]),
    "slice like": (S.slice_like(A, B * 0, axes=(2, 3)), lambda: [drawn(1, 2, 6, 5), drawn(1, 1, 4, 3)]),
    "slice like all": (S.slice_like(A, B * 0), lambda: [drawn(4, 5), drawn(2, 3)]),
    "slice like from the end": (S.slice_like(A, B * 0, axes=(-1,)), lambda: [drawn(4, 5), drawn(2, 3)]),
    "reshape like": (S.reshape_like(A, B * 0), lambda: [drawn(4, 6), drawn(2, 12)]),
    "broadcast to": (S.broadcast_to(A, shape=(2, 0, 4)), lambda: [drawn(1, 3, 1)]),
    "broadcast like": (S.broadcast_like(A, B * 0), lambda: [drawn(1, 3, 1), drawn(2, 3, 4)]),
    "broadcast axes": (S.broadcast_axis(A, axis=(0, 2), size=(2, 4)), lambda: [drawn(1, 3, 1)]),
    "broadcast an axis": (S.broadcast_axis(A, axis=1, size=4), lambda: [drawn(2, 1, 3)]),
    "tile": (S.tile(A, reps=(2, 1, 3)), lambda: [drawn(2, 3)]),
    "repeat": (S.repeat(A, repeats=2, axis=1), lambda: [drawn(2, 3)]),
    "repeat all": (S.repeat(A, repeats=2), lambda: [drawn(2, 3)]),
    "flip": (S.flip(A, axis=1), lambda: [drawn(2, 3)]),
    "pad": (
        S.pad(A, mode="constant", constant_value=2, pad_width=(0, 0, 0, 0, 1, 2, 3, 0)),
        lambda: [drawn(1, 2, 3, 4)],
    ),
    "pad by the edge": (S.pad(A, mode="edge", pad_width=(0, 0, 0, 0, 1, 2, 1, 0)), lambda: [drawn(1, 2, 3, 4)]),
    "pad by a mirror": (S.pad(A, mode="reflect", pad_width=(0, 0, 0, 0, 1, 2, 1, 0)), lambda: [drawn(1, 2, 3, 4)]),
    "depth to space": (S.depth_to_space(A, block_size=2), lambda: [drawn(1, 8, 2, 3)]),
    "space to depth": (S.space_to_depth(A, block_size=2), lambda: [drawn(1, 2, 4, 6)]),
    "sum": (S.sum(A, axis=(1, 2)), lambda: [drawn(2, 3, 4)]),
    "sum of all": (S.sum(A), lambda: [drawn(2, 3, 4)]),
    "sum, kept": (S.sum(A, axis=1, keepdims=True), lambda: [drawn(2, 3, 4)]),
    "sum of the others": (S.sum(A, axis=1, exclude=True), lambda: [drawn(2, 3, 4)]),
    "mean": (S.mean(A, axis=-1), lambda: [drawn(2, 3, 4)]),
    "mean of all": (S.mean(A), lambda: [drawn(2, 3, 4)]),
    "max": (S.max(A, axis=1), lambda: [drawn(2, 3, 4)]),
    "min": (S.min(A, axis=(0, 1)), lambda: [drawn(2, 3, 4)]),
    "prod": (S.prod(A, axis=(0, 2)), lambda: [drawn(2, 3, 4)]),
    "cumsum": (S.cumsum(A, axis=1), lambda: [drawn(2, 3, 4)]),
    "cumsum of all": (S.cumsum(A), lambda: [drawn(2, 3, 4)]),
    "norm": (S.norm(A, axis=1), lambda: [drawn(2, 3, 4)]),
    "norm of all": (S.norm(A, ord=2), lambda: [drawn(2, 3, 4)]),
    "absolute norm": (S.norm(A, ord=1, axis=1, keepdims=True), lambda: [drawn(2, 3, 4)]),
    "softmax": (S.softmax(A, axis=1), lambda: [drawn(2, 3, 4)]),
    "softmax, hot": (S.softmax(A, temperature=2.0), lambda: [drawn(2, 3, 4)]),
    "log softmax": (S.log_softmax(A, axis=-1), lambda: [drawn(2, 3, 4)]),
    "clip": (S.clip(A, -0.5, 0.5), lambda: [drawn(2, 3, 4)]),
    "smooth l1": (S.smooth_l1(A, scalar=1.0), lambda: [drawn(2, 3, 4)]),
    "smooth l1, sharp": (S.smooth_l1(A, scalar=3.0), lambda: [drawn(2, 3, 4)]),
    "add n": (S.add_n(A, B, C), lambda: [drawn(2, 3), drawn(2, 3, seed=1), drawn(2, 3, seed=2)]),
    "stop": (S.BlockGrad(A) * B, lambda: [drawn(2, 3), drawn(2, 3, seed=1)]),
    "cast": (S.cast(A, dtype="float64"), lambda: [drawn(2, 3)]),
    "batch dot": (S.batch_dot(A, B, transpose_b=True), lambda: [drawn(2, 3, 4), drawn(2, 5, 4)]),
    "dot": (S.dot(A, B), lambda: [drawn(2, 3, 4), drawn(4, 5)]),
    "dot, turned": (S.dot(A, B, transpose_a=True, transpose_b=True), lambda: [drawn(3, 2), drawn(5, 3)]),
    "dot of rows": (S.dot(A, B), lambda: [drawn(4), drawn(4, seed=1)]),
    "gemm2": (S.linalg.gemm2(A, B, transpose_b=True, alpha=0.5), lambda: [drawn(2, 3, 3, 4), drawn(2, 3, 5, 4)]),
    "divided by the root": (S.contrib.div_sqrt_dim(A), lambda: [drawn(2, 3, 5)]),
    "sort": (S.sort(A, axis=1, is_ascend=False), lambda: [drawn(2, 5)]),
    "arange like": (S.broadcast_add(S.contrib.arange_like(A, axis=1), A), lambda: [drawn(2, 5)]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    symbol, operands = SHAPES[name]
    compared(symbol, *operands())


ORDERS = {
    "argmax": S.argmax(A, axis=1),
    "argmin, kept": S.argmin(A, axis=1, keepdims=True),
    "argsort": S.argsort(A, axis=1),
    "argsort, down": S.argsort(A, axis=0, is_ascend=False),
    "topk": S.topk(A, k=2, axis=1),
    "topk, values": S.topk(A, k=3, ret_typ="value"),
    "topk, both": S.Group(list(S.topk(A, k=2, ret_typ="both"))),
    "topk, mask": S.topk(A, k=2, ret_typ="mask"),
    "lowest": S.topk(A, k=2, is_ascend=True),
    "one hot": S.one_hot(A, depth=3, on_value=2, off_value=-1),
}


@pytest.mark.parametrize("name", ORDERS)
@settings(deadline=None, max_examples=30)
@given(numbers=st.lists(st.integers(-1, 3), min_size=10, max_size=10))
def test_orders_with_equal_numbers(name: str, numbers: list[int]) -> None:
    data = np.array(numbers, np.float32).reshape(2, 5)
    compared(ORDERS[name], data, training=False)


@settings(deadline=None, max_examples=30)
@given(numbers=st.lists(st.integers(-2, 5), min_size=6, max_size=6), mode=st.sampled_from(["clip", "wrap"]))
def test_numbers_chosen_by_index(numbers: list[int], mode: str) -> None:
    index = np.array(numbers, np.float32)
    fixed = S.BlockGrad(B)
    compared(S.pick(A, fixed, axis=1, mode=mode), drawn(6, 4), index)
    compared(S.pick(A, fixed, axis=1, mode=mode, keepdims=True), drawn(6, 4), index)
    compared(S.take(A, fixed, axis=1, mode=mode), drawn(3, 4), index.reshape(2, 3))
    compared(S.Embedding(fixed, A, input_dim=5, output_dim=2), drawn(5, 2), index.reshape(2, 3), batched=False)


def test_parts_by_indices_of_two_axes() -> None:
    compared(S.gather_nd(A, S.BlockGrad(B)), drawn(3, 4, 2), np.array([[0, 2, 0], [1, 3, 1]], np.float32))


def test_where() -> None:
    condition = np.array([[0, 1, 2], [-1, 0, 0]], np.float32)
    compared(S.where(S.BlockGrad(C), A, B), drawn(2, 3), drawn(2, 3, seed=1), condition)
    compared(S.where(S.BlockGrad(C), A, B), drawn(2, 3), drawn(2, 3, seed=1), np.array([0, 1], np.float32))


@st.composite
def _reshapes(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    shape = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=2, max_size=4)))
    codes: list[int] = []
    axis = 0
    while axis < len(shape):
        code = draw(st.sampled_from([0, -2, -3, -4, shape[axis]]))
        if code == -3 and axis + 1 == len(shape):
            code = 0
        codes.append(code)
        if code == -4:
            part = draw(st.sampled_from([each for each in (1, 2, 3) if shape[axis] % each == 0]))
            codes += draw(st.sampled_from([[part, shape[axis] // part], [-1, shape[axis] // part], [part, -1]]))
        if code == -2:
            break
        axis += 2 if code == -3 else 1
    if draw(st.booleans()) and -4 not in codes and -2 not in codes and codes:
        codes[draw(st.integers(0, len(codes) - 1))] = -1
    return shape, tuple(codes), draw(st.booleans()) and -4 not in codes


@settings(deadline=None, max_examples=30)
@given(case=_reshapes())
def test_the_codes_of_reshape(case: Any) -> None:
    shape, codes, reverse = case
    data = mx.nd.zeros(shape)
    try:
        wanted = data.reshape(codes, reverse=reverse).shape
    except (mx.base.MXNetError, ValueError):
        reject()
    assert reshaped(shape, codes, reverse) == wanted


def test_dropout_keeps_the_mean_and_learns_alone() -> None:
    data = np.ones((64, 4, 8, 8), np.float32)
    for axes in ((), (2, 3)):
        graph = NetworkGraph.from_json(S.Dropout(A, p=0.25, axes=axes).tojson(), ["a"])
        module = GraphModule(graph, {})
        torch.manual_seed(0)
        (kept,) = module.train()(torch.from_numpy(data))
        assert set(np.unique(kept.numpy().round(4))) == {0.0, np.float32(4 / 3).round(4)}
        assert abs(float(kept.mean()) - 1) < (0.02 if not axes else 0.1)
        assert bool((module.eval()(torch.from_numpy(data))[0] == 1).all())


def test_an_unknown_operator_is_named_with_its_layer() -> None:
    graph = NetworkGraph.from_json(S.SequenceMask(A, name="cut").tojson(), ["a"])
    with pytest.raises(
        UnsupportedOperatorError, match="cut: the operator SequenceMask of MXNet cannot be run on PyTorch"
    ):
        GraphModule(graph, {})


def test_a_setting_that_would_be_dropped_is_named() -> None:
    graph = NetworkGraph.from_json(S.UpSampling(A, scale=2, sample_type="nearest", name="up").tojson(), ["a"])
    odd = S.Pooling(A, kernel=(2, 2), layout="NHWC", name="pool")
    assert "UpSampling" in OPERATORS.known
    GraphModule(graph, {})
    with pytest.raises(UnsupportedOperatorError, match="layout NHWC"):
        GraphModule(NetworkGraph.from_json(odd.tojson(), ["a"]), {})(torch.zeros(1, 2, 4, 4))
