"""Layers with weights, and what stands between them: convolutions, activations, dropout."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from zoo_core.engines.operators.windows import bilinear_upsampling, padding_for
from zoo_core.engines.torch.operators.registry import UnsupportedOperatorError, operator

__all__ = ["activation", "convolution", "deconvolution", "dropout", "fully_connected", "leaky_relu", "upsampling"]

Numbers = tuple[int, ...]


@operator("Convolution")
def convolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Numbers,
    stride: Numbers,
    dilate: Numbers,
    pad: Numbers,
    num_group: int,
) -> Tensor:
    """Cross-correlation over one, two or three axes, channels first."""
    axes = len(kernel)
    convolve: Callable[..., Tensor] = (functional.conv1d, functional.conv2d, functional.conv3d)[axes - 1]
    return convolve(data, weight, bias, stride or (1,) * axes, pad or (0,) * axes, dilate or (1,) * axes, num_group)


@operator("Deconvolution")
def deconvolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: Numbers,
    stride: Numbers,
    dilate: Numbers,
    pad: Numbers,
    adj: Numbers,
    target_shape: Numbers,
    num_group: int,
) -> Tensor:
    """The transposed convolution; ``target_shape`` stands for the padding that gives it."""
    axes = len(kernel)
    stride, dilate = stride or (1,) * axes, dilate or (1,) * axes
    pad, adj = pad or (0,) * axes, adj or (0,) * axes
    if any(target_shape):
        pad, adj = padding_for(target_shape, data.shape[2:], kernel, stride, dilate)
    transposed: Callable[..., Tensor] = (
        functional.conv_transpose1d,
        functional.conv_transpose2d,
        functional.conv_transpose3d,
    )[axes - 1]
    return transposed(data, weight, bias, stride, pad, adj, num_group, dilate)


@operator("FullyConnected")
def fully_connected(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    flatten: bool,
) -> Tensor:
    """A weighted sum of all numbers of an item, or of the last axis alone."""
    return functional.linear(data.flatten(1) if flatten else data, weight, bias)


@operator("Activation")
def activation(data: Tensor, *, act_type: str, overwrite: bool = False) -> Tensor:
    """An activation without settings."""
    if act_type == "relu":
        return functional.relu(data, inplace=overwrite)
    return _ACTIVATIONS[act_type](data)


def _softplus(data: Tensor) -> Tensor:
    return functional.softplus(data, threshold=40)  # above 20, where PyTorch has the identity, float64 shows it


_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softrelu": _softplus,
    "softsign": functional.softsign,
    "log_sigmoid": functional.logsigmoid,
    "mish": functional.mish,
}


@operator("LeakyReLU")
def leaky_relu(
    data: Tensor,
    gamma: Tensor | None = None,
    *,
    act_type: str,
    slope: float,
    lower_bound: float,
    upper_bound: float,
    training: bool = False,
    overwrite: bool = False,
) -> Tensor:
    """An activation that lets something of the negative numbers through."""
    match act_type:
        case "leaky":
            return functional.leaky_relu(data, slope, inplace=overwrite and slope > 0)
        case "prelu" if gamma is not None:
            return functional.prelu(data, gamma)
        case "elu":
            return functional.elu(data, slope)
        case "selu":
            return functional.selu(data)
        case "gelu":
            return functional.gelu(data)
        case "rrelu":
            return functional.rrelu(data, lower_bound, upper_bound, training)
    raise UnsupportedOperatorError(f"LeakyReLU of the kind {act_type} cannot be run on PyTorch yet")


@operator("Dropout")
def dropout(data: Tensor, *, p: float, mode: str, axes: Numbers, training: bool = False) -> Tensor:
    """Sets a share ``p`` of the numbers to 0 in training, and the others up; along ``axes`` all alike."""
    if not (training or mode == "always"):
        return data
    if not axes:
        return functional.dropout(data, p)
    shape = [1 if axis in axes else size for axis, size in enumerate(data.shape)]
    return data * functional.dropout(data.new_ones(shape), p)


@operator("UpSampling")
def upsampling(
    *data: Tensor,
    scale: int,
    sample_type: str,
    multi_input_mode: str,
) -> Tensor:
    """Maps made larger: each number repeated, or by a convolution with given weights.

    Of several maps each is made as large as the first becomes.
    """
    if sample_type == "bilinear":
        maps, weight = data
        kernel, stride, pad = bilinear_upsampling(scale)
        return deconvolution(
            maps,
            weight,
            kernel=kernel,
            stride=stride,
            dilate=(),
            pad=pad,
            adj=(),
            target_shape=(),
            num_group=maps.shape[1],
        )
    height = data[0].shape[2] * scale
    grown = [_repeated(each, height // each.shape[2]) for each in data]
    if len(grown) == 1:
        return grown[0]
    return torch.cat(grown, 1) if multi_input_mode == "concat" else torch.stack(grown).sum(0)


def _repeated(maps: Tensor, times: int) -> Tensor:
    grown: Tensor = functional.interpolate(maps, scale_factor=float(times), mode="nearest")
    return grown
