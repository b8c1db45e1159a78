"""Other shapes of the same numbers: reshaped, cut, joined, repeated."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from zoo_core.engines.operators.shapes import as_tuple, cut, pieces, reshaped
from zoo_core.engines.torch.operators.registry import operator

__all__ = ["reshape"]

Ends = tuple[int | None, ...]


@operator("Reshape")
def reshape(data: Tensor, *, shape: tuple[int, ...], reverse: bool) -> Tensor:
    """Numbers in another shape, with MXNet's codes for sizes."""
    return data.reshape(reshaped(tuple(data.shape), shape, reverse))


@operator("Flatten")
def flatten(data: Tensor) -> Tensor:
    """All numbers of an item in a row."""
    return data.flatten(1)


@operator("transpose")
def transpose(data: Tensor, *, axes: tuple[int, ...]) -> Tensor:
    """Axes in another order; reversed where none is given."""
    return data.permute(axes or tuple(reversed(range(data.ndim))))


@operator("SwapAxis")
def swap_axes(data: Tensor, *, dim1: int, dim2: int) -> Tensor:
    """Two axes exchanged."""
    return data.transpose(dim1, dim2)


@operator("expand_dims")
def expand_dims(data: Tensor, *, axis: int) -> Tensor:
    """A new axis of size 1."""
    return data.unsqueeze(axis)


@operator("squeeze")
def squeeze(data: Tensor, *, axis: int | tuple[int, ...] | None) -> Tensor:
    """Without these axes of size 1, or without any."""
    squeezed = data.squeeze() if axis is None else data.squeeze(as_tuple(axis))
    return squeezed if squeezed.ndim else squeezed.reshape(1)  # MXNet has no tensor without axes


@operator("Concat")
def concat(*data: Tensor, dim: int = 1) -> Tensor:
    """Tensors one after the other along an axis."""
    return torch.cat(data, dim)


@operator("stack")
def stack(*data: Tensor, axis: int = 0) -> Tensor:
    """Tensors along a new axis."""
    return torch.stack(data, axis)


@operator("SliceChannel")
def split(data: Tensor, *, num_outputs: int, axis: int, squeeze_axis: bool | int) -> Tensor | tuple[Tensor, ...]:
    """Equal parts along an axis."""
    parts = torch.tensor_split(data, num_outputs, axis)
    if squeeze_axis:
        parts = tuple(each.squeeze(axis) for each in parts)
    return parts if num_outputs > 1 else parts[0]


@operator("_split_v2")
def split_at(
    data: Tensor, *, indices: tuple[int, ...], sections: int, axis: int, squeeze_axis: bool | int
) -> Tensor | tuple[Tensor, ...]:
    """Parts along an axis, equal or between indices."""
    parts = torch.split(data, pieces(data.shape[axis], indices, sections), axis)
    if squeeze_axis:
        parts = tuple(each.squeeze(axis) for each in parts)
    return parts if len(parts) > 1 else parts[0]


@operator("Crop")
def crop(
    data: Tensor, like: Tensor | None = None, *, offset: tuple[int, ...], h_w: tuple[int, ...], center_crop: bool
) -> Tensor:
    """A part of maps, as large as others are."""
    wanted = h_w if like is None else like.shape[2:]
    (top, bottom), (left, right) = cut(data.shape[2:], wanted, offset, center=center_crop)
    return data[:, :, top:bottom, left:right]


@operator("slice")
def slice_(data: Tensor, *, begin: Ends, end: Ends, step: Ends) -> Tensor:
    """A part of each axis; steps may go backwards."""
    for axis, (first, last) in enumerate(zip(begin, end, strict=True)):
        stride = step[axis] if axis < len(step) else None
        indices = range(data.shape[axis])[slice(first, last, stride)]
        data = _taken(data, axis, indices)
    return data


def _taken(data: Tensor, axis: int, indices: range) -> Tensor:
    if indices.step == 1:
        return data.narrow(axis, indices.start, len(indices))
    return data.index_select(axis, torch.tensor(list(indices), device=data.device))


@operator("slice_axis")
def slice_axis(data: Tensor, *, axis: int, begin: int, end: int | None) -> Tensor:
    """A part of one axis."""
    return _taken(data, axis, range(data.shape[axis])[begin:end])


@operator("slice_like")
def slice_like(data: Tensor, like: Tensor, *, axes: tuple[int, ...]) -> Tensor:
    """The first part of axes, as long as those of another tensor."""
    for axis in axes or range(data.ndim):
        data = data.narrow(axis, 0, like.shape[axis])
    return data


@operator("reshape_like")
def reshape_like(data: Tensor, like: Tensor) -> Tensor:
    """Numbers in the shape of another tensor."""
    return data.reshape(like.shape)


@operator("broadcast_to")
def broadcast_to(data: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    """Axes of size 1 repeated; 0 leaves a size as it is."""
    return data.expand([size or data.shape[axis] for axis, size in enumerate(shape)])


@operator("broadcast_like")
def broadcast_like(
    data: Tensor,
    like: Tensor,
    *,
    lhs_axes: tuple[int, ...] | None,
    rhs_axes: tuple[int, ...] | None,
) -> Tensor:
    """Axes of size 1 repeated as often as those of another tensor are long."""
    if lhs_axes is None or rhs_axes is None:
        return data.expand(like.shape)
    sizes = list(data.shape)
    for ours, theirs in zip(as_tuple(lhs_axes), as_tuple(rhs_axes), strict=True):
        sizes[ours] = like.shape[theirs]
    return data.expand(sizes)


@operator("broadcast_axis")
def broadcast_axis(data: Tensor, *, axis: tuple[int, ...], size: tuple[int, ...]) -> Tensor:
    """These axes of size 1 repeated."""
    sizes = list(data.shape)
    for each, wanted in zip(axis, size, strict=True):
        sizes[each] = wanted
    return data.expand(sizes)


@operator("tile")
def tile(data: Tensor, *, reps: tuple[int, ...]) -> Tensor:
    """The whole tensor repeated along axes."""
    return data.tile(reps)


@operator("repeat")
def repeat(data: Tensor, *, repeats: int, axis: int | None) -> Tensor:
    """Each number repeated."""
    return data.repeat_interleave(repeats, axis)


@operator("reverse")
def reverse(data: Tensor, *, axis: int | tuple[int, ...]) -> Tensor:
    """Axes the other way round."""
    return data.flip(as_tuple(axis))


@operator("Pad")
def pad(data: Tensor, *, mode: str, pad_width: tuple[int, ...], constant_value: float) -> Tensor:
    """Numbers around a tensor; the widths stand before and behind each axis, the first axis first."""
    pairs = list(zip(pad_width[::2], pad_width[1::2], strict=True))
    if mode == "constant":
        return functional.pad(data, [each for pair in reversed(pairs) for each in pair], value=constant_value)
    widths = [each for pair in reversed(pairs[2:]) for each in pair]
    return functional.pad(data, widths, mode={"edge": "replicate", "reflect": "reflect"}[mode])


@operator("depth_to_space")
def depth_to_space(data: Tensor, *, block_size: int) -> Tensor:
    """Channels as cells of a larger map."""
    batch, channels, height, width = data.shape
    parts = data.reshape(batch, block_size, block_size, channels // block_size**2, height, width)
    return parts.permute(0, 3, 4, 1, 5, 2).reshape(batch, -1, height * block_size, width * block_size)


@operator("space_to_depth")
def space_to_depth(data: Tensor, *, block_size: int) -> Tensor:
    """Cells as channels of a smaller map."""
    batch, channels, height, width = data.shape
    parts = data.reshape(batch, channels, height // block_size, block_size, width // block_size, block_size)
    return parts.permute(0, 3, 5, 1, 2, 4).reshape(batch, -1, height // block_size, width // block_size)
