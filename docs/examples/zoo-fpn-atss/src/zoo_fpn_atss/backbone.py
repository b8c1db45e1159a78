"""The heavy half of the feature pyramid."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx

from zoo_fpn_atss.backbone_settings import PyramidSettings

__all__ = ["Pyramid"]

nn = mx.gluon.nn


class Pyramid(mx.gluon.HybridBlock):
    """Stages, the way back down, and further maps; see `PyramidSettings`."""

    def __init__(self, settings: PyramidSettings) -> None:
        super().__init__()
        self._first = settings.first - 1
        merged = len(settings.channels) - self._first
        self.stages = _sequence(_stage(channels) for channels in settings.channels)
        self.laterals = _sequence(nn.Conv2D(settings.width, 1) for _ in range(merged))
        self.smoothing = _sequence(nn.Conv2D(settings.width, 3, padding=1) for _ in range(merged))
        self.further = _sequence(nn.Conv2D(settings.width, 3, 2, padding=1) for _ in range(settings.further))

    def hybrid_forward(self, F: Any, images: Any) -> list[Any]:
        """Feature maps (B, width, H_k, W_k) of normalised RGB images (B, 3, H, W), the finest first."""
        found = []
        for stage in self.stages:
            images = stage(images)
            found.append(images)
        merged = [lateral(map_) for lateral, map_ in zip(self.laterals, found[self._first :], strict=True)]
        for place in reversed(range(len(merged) - 1)):
            merged[place] = merged[place] + _enlarged(F, merged[place + 1], merged[place])
        maps = [smooth(map_) for smooth, map_ in zip(self.smoothing, merged, strict=True)]
        for convolution in self.further:
            maps.append(convolution(F.relu(maps[-1])))
        return maps


def _sequence(layers: Any) -> Any:
    sequence = nn.HybridSequential()
    sequence.add(*layers)
    return sequence


def _stage(channels: int) -> Any:
    """Two convolutions, the first of which halves the map."""
    layers = []
    for strides in (2, 1):
        weights = mx.init.Xavier("gaussian", "in", 2)
        layers += [
            nn.Conv2D(channels, 3, strides, padding=1, use_bias=False, weight_initializer=weights),
            nn.BatchNorm(),
            nn.Activation("relu"),
        ]
    return _sequence(layers)


def _enlarged(F: Any, coarse: Any, fine: Any) -> Any:
    """A coarse map in the size of the finer one: every cell four times, and what stands over cut off.

    Halving rounds up, so that twice the coarse side is that of the fine map or one more.
    """
    return F.slice_like(F.UpSampling(coarse, scale=2, sample_type="nearest"), fine, axes=(2, 3))
