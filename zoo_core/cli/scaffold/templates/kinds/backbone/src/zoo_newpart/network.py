"""The heavy half: the network."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]

nn = mx.gluon.nn


class Newpart(mx.gluon.HybridBlock):
    """Residual stages; see `NewpartSettings`."""

    def __init__(self, settings: NewpartSettings) -> None:
        super().__init__()
        self._maps = settings.maps
        self.stages = nn.HybridSequential()
        self.stages.add(*(_Stage(channels) for channels in settings.channels))

    def hybrid_forward(self, F: Any, images: Any) -> list[Any]:
        """Feature maps (B, C_k, H_k, W_k) of normalised RGB images (B, 3, H, W)."""
        outputs = []
        for stage in self.stages:
            images = stage(images)
            outputs.append(images)
        return outputs[-self._maps :]


class _Stage(mx.gluon.HybridBlock):
    """A convolution that halves the map, and two more whose output is added to it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.halve = _convolution(channels, strides=2)
        self.first = _convolution(channels)
        self.second = _convolution(channels)

    def hybrid_forward(self, F: Any, map_: Any) -> Any:
        halved = F.relu(self.halve(map_))
        return F.relu(halved + self.second(F.relu(self.first(halved))))


def _convolution(channels: int, strides: int = 1) -> Any:
    layers = nn.HybridSequential()
    weights = mx.init.Xavier("gaussian", "in", 2)
    layers.add(
        nn.Conv2D(channels, 3, strides, padding=1, use_bias=False, weight_initializer=weights),
        nn.BatchNorm(),
    )
    return layers
