"""Operators that change shapes, reduce axes, or multiply matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tests.engines.operators.held_to_mxnet import A, B, C, S, compared, drawn
from zoo_core.engines.gluon import mx
from zoo_core.engines.operators.shapes import reshaped

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
    "arange like all": (S.contrib.arange_like(A, start=2, step=-0.5), lambda: [drawn(2, 5)]),
    "zeros": (S.broadcast_add(A, S.zeros((1, 3))), lambda: [drawn(2, 3)]),
    "ones": (S.broadcast_mul(A, S.ones((3,)) * 2), lambda: [drawn(2, 3)]),
    "full": (S.broadcast_add(A, S.full((3,), 5.5)), lambda: [drawn(2, 3)]),
    "arange": (S.broadcast_mul(A, S.arange(3)), lambda: [drawn(2, 3)]),
    "arange in steps": (S.broadcast_mul(A, S.arange(1, 2.1, 0.5, repeat=2)), lambda: [drawn(2, 6)]),
    "squeeze to one": (S.squeeze(S.sum(A, keepdims=True)), lambda: [drawn(2, 3)]),
    "sum of all, whatever is excluded": (S.sum(A, exclude=True), lambda: [drawn(2, 3)]),
    "max of equal numbers": (S.max(S.round(A), axis=(0, 2)), lambda: [drawn(2, 3, 9)]),
    "min of equal numbers": (S.min(S.round(A), axis=1, keepdims=True), lambda: [drawn(2, 9)]),
    "clip at one end": (S.clip(A, 0, float("inf")), lambda: [drawn(2, 3, 4)]),
    "softmax in float32": (S.softmax(A, dtype="float32"), lambda: [drawn(2, 3, 4)]),
    "dot of two and three axes": (S.dot(A, B), lambda: [drawn(2, 3, 4), drawn(4)]),
    "reshape to a row": (S.reshape(A, shape=-1), lambda: [drawn(2, 3)]),
    "reshape by a list": (S.reshape(A, shape=[0, -1]), lambda: [drawn(2, 3, 2)]),
    "arange like": (S.broadcast_add(S.contrib.arange_like(A, axis=1), A), lambda: [drawn(2, 5)]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    symbol, operands = SHAPES[name]
    compared(symbol, *operands())


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
