"""Operators that sort, or choose by index or condition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines.operators.held_to_mxnet import A, B, C, S, compared, drawn

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
    "topk of all, mask": S.topk(A, axis=None, k=3, ret_typ="mask"),
    "argmax of all, kept": S.argmax(A, axis=None, keepdims=True),
    "one hot of whole numbers": S.one_hot(S.cast(A, dtype="int32"), depth=3, on_value=0.9, off_value=0.05),
    "order of whole numbers": S.argsort(S.cast(A, dtype="int32"), axis=1) / 2,
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
