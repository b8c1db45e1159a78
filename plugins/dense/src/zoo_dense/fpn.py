"""The feature pyramid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.plugin_api import FeatureMap, mx
from zoo_dense.fpn_settings import FpnSettings

__all__ = ["Fpn"]


class Fpn(mx.gluon.HybridBlock):
    """1x1 convolutions, sums from the coarsest map down, and a 3x3 convolution of each sum; see `FpnSettings`."""

    def __init__(self, settings: FpnSettings, maps: Sequence[FeatureMap]) -> None:
        super().__init__()
        self._extra_from = settings.extra_from
        channels, coarsest = settings.channels, maps[-1].channels
        self.lateral, self.output, self.extra = (mx.gluon.nn.HybridSequential() for _ in range(3))
        for map_ in maps:
            self.lateral.add(_convolution(map_.channels, channels, kernel=1))
            self.output.add(_convolution(channels, channels, kernel=3))
        for index in range(settings.extra_maps):
            first = coarsest if index == 0 and settings.extra_from == "backbone" else channels
            self.extra.add(_convolution(first, channels, kernel=3, stride=2))

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> list[Any]:  # noqa: N803  # gluon's name
        """Feature maps (B, channels, H_k, W_k) of feature maps (B, C_k, H_k, W_k)."""
        sums = [layer(map_) for layer, map_ in zip(self.lateral, maps, strict=True)]
        for index in range(len(sums) - 1, 0, -1):
            doubled = F.UpSampling(sums[index], scale=2, sample_type="nearest")
            # A side that is odd was rounded up when it was halved.
            sums[index - 1] = sums[index - 1] + F.slice_like(doubled, sums[index - 1], axes=(2, 3))
        made = [layer(each) for layer, each in zip(self.output, sums, strict=True)]
        latest = maps[-1] if self._extra_from == "backbone" else made[-1]
        for index, layer in enumerate(self.extra):
            latest = layer(F.relu(latest) if index else latest)
            made.append(latest)
        return made


def _convolution(inputs: int, channels: int, kernel: int, stride: int = 1) -> Any:
    return mx.gluon.nn.Conv2D(
        channels,
        kernel,
        stride,
        kernel // 2,
        in_channels=inputs,
        # He et al., 2015, for layers without a ReLU, uniform, by fan-in: as torchvision's pyramid begins.
        weight_initializer=mx.init.Xavier(factor_type="in", magnitude=3),
    )
