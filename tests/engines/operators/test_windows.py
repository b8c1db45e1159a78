"""Operators with settings drawn at random: convolutions, poolings, batch norms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.engines.operators.held_to_mxnet import A, B, C, D, E, S, compared, drawn
from zoo_core.engines.gluon import mx

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
    # One number alone may stand without brackets.
    compared(S.Convolution(A, B, no_bias=True, num_filter=3, kernel=3, stride=2), drawn(2, 4, 9), drawn(3, 4, 3))


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
