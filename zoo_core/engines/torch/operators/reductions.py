"""Many numbers to few: sums, maxima, orders, and numbers chosen by index. Indices are floats, as MXNet's are."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from zoo_core.engines.operators.shapes import reduced_axes
from zoo_core.engines.torch.operators.registry import UnsupportedOperatorError, operator

__all__ = ["pick", "topk"]

Axes = int | tuple[int, ...] | None


def _reducer(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def reduced(data: Tensor, *, axis: Axes, keepdims: bool, exclude: bool) -> Tensor:
        axes = reduced_axes(data.ndim, axis, exclude=exclude)
        if not axes:
            return data
        result: Tensor = reduce(data, axes, keepdim=keepdims).to(
            data.dtype
        )  # PyTorch's sums of whole numbers are int64
        return result if result.ndim else result.reshape(1)  # MXNet has no tensor without axes

    return reduced


def _mean(data: Tensor, axes: tuple[int, ...], keepdim: bool) -> Tensor:
    return (data if data.is_floating_point() else data.double()).mean(axes, keepdim=keepdim)


def _product(data: Tensor, axes: tuple[int, ...], keepdim: bool) -> Tensor:
    for axis in axes:
        data = data.prod(axis, keepdim=True)
    return data if keepdim else data.squeeze(axes)


def _extreme(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Of equal numbers MXNet gives each the whole gradient, and PyTorch its share."""

    def extreme(data: Tensor, axes: tuple[int, ...], keepdim: bool) -> Tensor:
        result = reduce(data, axes, keepdim=True)
        if result.requires_grad:
            equal = (data == result).sum(axes, keepdim=True)
            result.register_hook(lambda gradient: gradient * equal)  # type: ignore[no-untyped-call]  # untyped in torch
        return result if keepdim else result.squeeze(axes)

    return extreme


operator("sum")(_reducer(torch.sum))
operator("mean")(_reducer(_mean))
operator("max")(_reducer(_extreme(torch.amax)))
operator("min")(_reducer(_extreme(torch.amin)))
operator("prod")(_reducer(_product))


@operator("_np_cumsum")
def cumsum(data: Tensor, *, axis: int | None, dtype: str | None) -> Tensor:
    """Running sums along an axis, or over all numbers in a row."""
    rows, along = (data.flatten(), 0) if axis is None else (data, axis)
    return rows.cumsum(along).to(data.dtype if dtype is None else getattr(torch, dtype))


@operator("norm")
def norm(data: Tensor, *, ord: int, axis: Axes, keepdims: bool) -> Tensor:  # MXNet's name
    """The length of the numbers along axes."""
    length: Tensor = torch.linalg.vector_norm(data, ord, reduced_axes(data.ndim, axis), keepdim=keepdims)
    return length if length.ndim else length.reshape(1)


@operator("softmax")
def softmax(data: Tensor, *, axis: int, temperature: float | None) -> Tensor:
    """Shares of 1 along an axis."""
    return functional.softmax(data / temperature if temperature else data, axis)


@operator("log_softmax")
def log_softmax(data: Tensor, *, axis: int, temperature: float | None) -> Tensor:
    """Logarithms of shares of 1 along an axis."""
    return functional.log_softmax(data / temperature if temperature else data, axis)


@operator("argmax")
def argmax(data: Tensor, *, axis: int | None, keepdims: bool) -> Tensor:
    """The index of the largest number."""
    return _floats(data.argmax(axis, keepdim=keepdims), data)


@operator("argmin")
def argmin(data: Tensor, *, axis: int | None, keepdims: bool) -> Tensor:
    """The index of the smallest number."""
    return _floats(data.argmin(axis, keepdim=keepdims), data)


def _floats(indices: Tensor, like: Tensor) -> Tensor:
    floats = indices.to(_index_type(like, "float32"))
    return floats if floats.ndim else floats.reshape(1)


@operator("argsort")
def argsort(data: Tensor, *, axis: int | None, is_ascend: bool, dtype: str) -> Tensor:
    """Indices in the order of the numbers; equal numbers keep theirs."""
    rows, along = (data.flatten(), 0) if axis is None else (data, axis)
    return rows.argsort(dim=along, descending=not is_ascend, stable=True).to(_index_type(data, dtype))


@operator("sort")
def sort(data: Tensor, *, axis: int | None, is_ascend: bool) -> Tensor:
    """Numbers in order."""
    rows, along = (data.flatten(), 0) if axis is None else (data, axis)
    return rows.sort(dim=along, descending=not is_ascend, stable=True).values


def _index_type(data: Tensor, dtype: str) -> torch.dtype:
    """float32 unless another was asked for; a network of float64 has indices of its own type."""
    asked: torch.dtype = getattr(torch, dtype)
    return torch.promote_types(data.dtype, asked) if asked is torch.float32 else asked


@operator("topk")
def topk(
    data: Tensor,
    *,
    axis: int | None,
    k: int,
    ret_typ: str,
    is_ascend: bool,
    dtype: str,
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest numbers, in order, or where they stand."""
    rows, along = (data.flatten(), 0) if axis is None else (data, axis)
    values, indices = rows.sort(dim=along, descending=not is_ascend, stable=True)
    count = k if k > 0 else rows.shape[along]
    values, indices = values.narrow(along, 0, count), indices.narrow(along, 0, count)
    floats = indices.to(_index_type(data, dtype))
    match ret_typ:
        case "value":
            return values
        case "indices":
            return floats
        case "both":
            return values, floats
        case "mask":
            return torch.zeros_like(rows).scatter(along, indices, 1.0).reshape(data.shape)
    raise AssertionError(ret_typ)  # the kinds are declared


@operator("pick")
def pick(data: Tensor, index: Tensor, *, axis: int | None, keepdims: bool, mode: str) -> Tensor:
    """One number of each row, by an index that is brought into the row."""
    rows, along = (data.flatten(), 0) if axis is None else (data, axis)
    size = rows.shape[along]
    whole = index.long()
    inside = whole.clamp(0, size - 1) if mode == "clip" else whole.remainder(size)
    spread = inside if inside.ndim == rows.ndim else inside.unsqueeze(along)
    picked = rows.gather(along, spread)
    return picked if keepdims else picked.squeeze(along)


@operator("where")
def where(condition: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Numbers of the first where the condition is not 0, and of the second elsewhere."""
    truth = condition != 0
    if truth.ndim == 1 and left.ndim > 1:  # a condition for each item
        truth = truth.reshape(-1, *(1,) * (left.ndim - 1))
    return torch.where(truth, left, right)


@operator("one_hot")
def one_hot(index: Tensor, *, depth: int, on_value: float, off_value: float, dtype: str) -> Tensor:
    """A row with one number at the index; without any where the index is outside."""
    steps = torch.arange(depth, device=index.device)
    hot = index.long().unsqueeze(-1) == steps
    return (hot * (on_value - off_value) + off_value).to(_index_type(index, dtype))


@operator("take")
def take(data: Tensor, index: Tensor, *, axis: int, mode: str) -> Tensor:
    """Parts along an axis, by index."""
    whole = index.long()
    inside = whole.remainder(data.shape[axis]) if mode == "wrap" else whole.clamp(0, data.shape[axis] - 1)
    axis %= data.ndim
    taken = data.index_select(axis, inside.flatten())
    return taken.reshape(*data.shape[:axis], *index.shape, *data.shape[axis + 1 :])


@operator("gather_nd")
def gather_nd(data: Tensor, indices: Tensor) -> Tensor:
    """Parts by indices of several axes, which stand in the rows of the second."""
    return data[tuple(indices.long())]


@operator("Embedding")
def embedding(index: Tensor, weight: Tensor) -> Tensor:
    """Rows of the weight, by index."""
    return take(weight, index, axis=0, mode="clip")


@operator("dot")
def dot(left: Tensor, right: Tensor, *, transpose_a: bool, transpose_b: bool) -> Tensor:
    """Products over the last axis of the first and the first axis of the second."""
    if max(left.ndim if transpose_a else 0, right.ndim if transpose_b else 0) > 2:
        raise UnsupportedOperatorError("dot that transposes more than two axes cannot be run on PyTorch yet")
    left, right = left.T if transpose_a else left, right.T if transpose_b else right
    # `tensordot` cannot mix the 16 and 32 bits of a network in bfloat16.
    product = torch.matmul(left.reshape(-1, left.shape[-1]), right.reshape(right.shape[0], -1))
    return product.reshape(*left.shape[:-1], *right.shape[1:]) if left.ndim + right.ndim > 2 else product.reshape(1)


@operator("_linalg_gemm2")
def linalg_gemm2(left: Tensor, right: Tensor, *, transpose_a: bool, transpose_b: bool, alpha: float) -> Tensor:
    """Products of matrices, times a number."""
    product = torch.matmul(left.mT if transpose_a else left, right.mT if transpose_b else right)
    return product * alpha


@operator("batch_dot")
def batch_dot(left: Tensor, right: Tensor, *, transpose_a: bool, transpose_b: bool) -> Tensor:
    """Products of matrices, pair by pair."""
    return torch.bmm(left.mT if transpose_a else left, right.mT if transpose_b else right)
