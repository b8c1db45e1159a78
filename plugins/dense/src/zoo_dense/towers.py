"""The head that RetinaNet and FCOS share."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

from zoo_core.plugin_api import ClassRows, Outputs, Scoring, by_anchor, mx
from zoo_dense.group_norm import GroupNorm
from zoo_dense.towers_settings import TowersSettings

__all__ = ["Towers"]


class Towers(mx.gluon.HybridBlock):
    """Two towers with the same weights on every feature map; see `TowersSettings`."""

    def __init__(self, settings: TowersSettings, outputs: Outputs) -> None:
        super().__init__()
        self._outputs = outputs
        inputs, self._anchors = outputs.feature_maps[0].channels, outputs.anchors_per_cell[0]
        last = settings.channels if settings.depth else inputs
        self.class_tower, self.box_tower = (_tower(settings, inputs) for _ in range(2))
        self.class_layer = _predictor(last, self._anchors * outputs.classes, bias=-log(1 / settings.prior - 1))
        self.box_layer = _predictor(last, self._anchors * 4)
        has_centers = outputs.scoring is Scoring.OBJECTNESS
        self.center_layer = _predictor(last, self._anchors) if has_centers else None
        self.scale = _Scales(len(outputs.feature_maps)) if settings.scales else None

    @property
    def class_rows(self) -> dict[str, ClassRows]:
        """Those of the one layer that predicts classes, which has no others."""
        return {"class_layer": ClassRows(self._anchors, 0, "box_layer")}

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> tuple[Any, Any]:  # noqa: N803  # gluon's name
        """Scores (B, N, S) and numbers (B, N, 4) of feature maps (B, C, H_k, W_k)."""
        of_boxes = [self.box_tower(map_) for map_ in maps]
        scores = by_anchor(F, [self.class_layer(self.class_tower(map_)) for map_ in maps], self._outputs.classes)
        if self.center_layer is not None:
            centers = by_anchor(F, [self.center_layer(each) for each in of_boxes], 1)
            scores = F.concat(centers, scores, dim=2)
        numbers = [self.box_layer(each) for each in of_boxes]
        return scores, by_anchor(F, numbers if self.scale is None else self.scale(numbers), 4)


class _Scales(mx.gluon.HybridBlock):
    """A learned factor of each map, 1 at first."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self.factors = self.params.get("factors", shape=(count, 1, 1, 1), init=mx.init.One())

    def hybrid_forward(self, F: Any, maps: Sequence[Any], factors: Any) -> list[Any]:  # noqa: N803
        each = [F.slice_axis(factors, axis=0, begin=index, end=index + 1) for index in range(self._count)]
        return [F.broadcast_mul(map_, factor) for map_, factor in zip(maps, each, strict=True)]


def _tower(settings: TowersSettings, inputs: int) -> Any:
    tower = mx.gluon.nn.HybridSequential()
    for index in range(settings.depth):
        # He et al., 2015: what is said of a cell stays as large from layer to layer, however many channels there are.
        # (With the papers' standard deviation of .01 it fades in towers of less than their 256 channels.)
        fresh = mx.init.Xavier("gaussian", "in", 2)
        tower.add(_convolution(settings.channels if index else inputs, settings.channels, fresh))
        if settings.norm == "group":
            tower.add(GroupNorm(settings.channels, settings.groups))
        tower.add(mx.gluon.nn.Activation("relu"))
    return tower


def _predictor(inputs: int, channels: int, bias: float = 0) -> Any:
    """Begins as in the papers: near its bias."""
    return _convolution(inputs, channels, mx.init.Normal(0.01), bias)


def _convolution(inputs: int, channels: int, weights: Any, bias: float = 0) -> Any:
    return mx.gluon.nn.Conv2D(
        channels,
        3,
        padding=1,
        in_channels=inputs,
        weight_initializer=weights,
        bias_initializer=mx.init.Constant(bias),
    )
