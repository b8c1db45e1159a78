"""The heavy half: the layers between backbone and head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.plugin_api import FeatureMap, mx

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]

nn = mx.gluon.nn


class Newpart(mx.gluon.HybridBlock):
    """A feature pyramid; see `NewpartSettings`."""

    def __init__(self, settings: NewpartSettings, maps: Sequence[FeatureMap]) -> None:
        super().__init__()
        self.lateral = nn.HybridSequential()
        self.smooth = nn.HybridSequential()
        for _ in maps:
            self.lateral.add(_convolution(settings.channels, 1))
            self.smooth.add(_convolution(settings.channels, 3))

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> list[Any]:
        """Feature maps (B, C, H_k, W_k) of those of the backbone (B, C_k, H_k, W_k)."""
        merged = [layer(map_) for layer, map_ in zip(self.lateral, maps, strict=True)]
        for index in range(len(merged) - 1, 0, -1):
            doubled = F.UpSampling(merged[index], scale=2, sample_type="nearest")
            merged[index - 1] = merged[index - 1] + F.slice_like(doubled, merged[index - 1], axes=(2, 3))
        return [layer(map_) for layer, map_ in zip(self.smooth, merged, strict=True)]


def _convolution(channels: int, kernel: int) -> Any:
    return nn.Conv2D(channels, kernel, padding=kernel // 2, weight_initializer=mx.init.Xavier())
