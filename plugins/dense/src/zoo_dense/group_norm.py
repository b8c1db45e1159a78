"""Group norm of operators that ONNX and PyTorch have: gluon's own is not converted."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx

__all__ = ["GroupNorm"]


class GroupNorm(mx.gluon.HybridBlock):
    """Groups of channels of each image are brought to mean 0 and variance 1, then each channel is scaled and shifted.

    Args:
        channels: of the map; a multiple of `groups`.
        groups: how many there are.

    Source: Wu and He, Group Normalization, 2018.
    """

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self._groups = groups
        self.gamma = self.params.get("gamma", shape=(1, channels, 1, 1), init=mx.init.One())
        self.beta = self.params.get("beta", shape=(1, channels, 1, 1), init=mx.init.Zero())

    def hybrid_forward(self, F: Any, map_: Any, gamma: Any, beta: Any) -> Any:  # noqa: N803  # gluon's name
        """A map (B, C, H, W) of the same shape."""
        # A group is a row, and instance norm brings each row to mean 0 and variance 1. The scale and shift that it
        # wants of each are made of what is there: PyTorch and ONNX would have to be told of constants out of nothing.
        rows = F.reshape(map_, (0, self._groups, -1))
        of_rows = F.reshape(F.slice_axis(gamma, axis=1, begin=0, end=self._groups), (-1,))
        even = F.InstanceNorm(rows, F.ones_like(of_rows), F.zeros_like(of_rows), eps=1e-5)
        return F.broadcast_add(F.broadcast_mul(F.reshape_like(even, map_), gamma), beta)
