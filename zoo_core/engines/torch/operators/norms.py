"""Normalisations: of batches, layers, groups, and lengths."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from zoo_core.engines.torch.operators.registry import operator

__all__ = ["batch_norm", "group_norm", "instance_norm", "l2_normalization", "layer_norm"]


@operator("BatchNorm")
def batch_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    *,
    eps: float,
    momentum: float,
    fix_gamma: bool,
    use_global_stats: bool,
    axis: int,
    training: bool = False,
) -> Tensor:
    """Batch norm; in training the running statistics are changed in place.

    MXNet's running variance is that of the batch itself, PyTorch's an estimate of where the batch came from, which is
    larger by n / (n - 1).
    """
    if data.is_meta:  # PyTorch's own operator takes milliseconds to say that the shape stays
        if data.shape[axis] != len(gamma):
            raise RuntimeError(f"{data.shape[axis]} channels are not the {len(gamma)} of a batch norm")
        return torch.empty_like(data)
    scale = torch.ones_like(gamma) if fix_gamma else gamma
    channels_first = data if axis in (1, 1 - data.ndim) else data.movedim(axis, 1)
    learns = training and not use_global_stats
    # The copies are changed by the operator, which keeps them for its gradient.
    mean, variance = (running_mean.clone(), running_var.clone()) if learns else (running_mean, running_var)
    normalised = torch.batch_norm(
        channels_first, scale, beta, mean, variance, learns, 1 - momentum, eps, torch.backends.cudnn.enabled
    )
    if learns:
        running_mean.copy_(mean)
        count = channels_first.numel() // channels_first.shape[1]
        running_var.copy_(_of_the_batch(variance, kept=running_var * momentum, count=count))
    return normalised if channels_first is data else normalised.movedim(1, axis)


def _of_the_batch(running: Tensor, kept: Tensor, count: int) -> Tensor:
    if count == 1:  # one number has no variance, and PyTorch's estimate of it is not a number
        return kept
    return kept + (running - kept) * ((count - 1) / count)


@operator("LayerNorm")
def layer_norm(data: Tensor, gamma: Tensor, beta: Tensor, *, axis: int, eps: float) -> Tensor:
    """Normalises one axis of each item."""
    last = data.movedim(axis, -1)
    return functional.layer_norm(last, last.shape[-1:], gamma, beta, eps).movedim(-1, axis)


@operator("GroupNorm")
def group_norm(data: Tensor, gamma: Tensor, beta: Tensor, *, num_groups: int, eps: float) -> Tensor:
    """Normalises each group of channels of an item; a scale and a shift for each group, and not for each channel."""
    each = (-1, num_groups, *(1,) * (data.ndim - 1))
    # Not those of torch.nn.functional, here and below: they refuse a group of one number, which becomes 0.
    normalised = torch.group_norm(data, num_groups, None, None, eps, torch.backends.cudnn.enabled)
    grouped = normalised.reshape(data.shape[0], num_groups, -1, *data.shape[2:])
    return (grouped * gamma.reshape(each) + beta.reshape(each)).reshape(data.shape)


@operator("InstanceNorm")
def instance_norm(data: Tensor, gamma: Tensor, beta: Tensor, *, eps: float) -> Tensor:
    """Normalises each channel of an item."""
    return torch.instance_norm(
        data,
        gamma,
        beta,
        running_mean=None,
        running_var=None,
        use_input_stats=True,
        momentum=0.0,
        eps=eps,
        cudnn_enabled=torch.backends.cudnn.enabled,
    )


@operator("LRN")
def local_response_norm(data: Tensor, *, nsize: int, alpha: float, beta: float, knorm: float) -> Tensor:
    """Divides by the squares of the same cell in neighbouring channels."""
    return functional.local_response_norm(data, nsize, alpha, beta, knorm)


@operator("L2Normalization")
def l2_normalization(data: Tensor, *, eps: float, mode: str) -> Tensor:
    """Divides by the length of an item, of each of its cells, or of each of its channels."""
    axes = {"instance": tuple(range(1, data.ndim)), "channel": (1,), "spatial": tuple(range(2, data.ndim))}[mode]
    return data / (data.square().sum(axes, keepdim=True) + eps).sqrt()
