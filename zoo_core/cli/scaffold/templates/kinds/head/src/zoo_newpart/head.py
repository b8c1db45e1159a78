"""The heavy half: the layers that predict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.plugin_api import ClassRows, Outputs, by_anchor, mx

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]

nn = mx.gluon.nn


class Newpart(mx.gluon.HybridBlock):
    """Depthwise separable predictors; see `NewpartSettings`."""

    def __init__(self, settings: NewpartSettings, outputs: Outputs) -> None:
        super().__init__()
        self._outputs = outputs
        self.depthwise = nn.HybridSequential()
        self.class_layers = nn.HybridSequential()
        self.box_layers = nn.HybridSequential()
        for map_, anchors in zip(outputs.feature_maps, outputs.anchors_per_cell, strict=True):
            self.depthwise.add(_depthwise(map_.channels, settings.kernel))
            self.class_layers.add(_predictor(anchors * outputs.scores))
            self.box_layers.add(_predictor(anchors * 4))

    @property
    def class_rows(self) -> dict[str, ClassRows]:
        """Which rows of a layer belong to classes, so that weights for other classes can be taken over."""
        before = self._outputs.scoring.before_classes
        return {
            f"class_layers.{index}": ClassRows(anchors, before, f"box_layers.{index}")
            for index, anchors in enumerate(self._outputs.anchors_per_cell)
        }

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> tuple[Any, Any]:
        """Scores (B, N, S) and four numbers (B, N, 4) of every anchor."""
        seen = [F.relu(layer(map_)) for layer, map_ in zip(self.depthwise, maps, strict=True)]
        scores = [layer(each) for layer, each in zip(self.class_layers, seen, strict=True)]
        numbers = [layer(each) for layer, each in zip(self.box_layers, seen, strict=True)]
        return by_anchor(F, scores, self._outputs.scores), by_anchor(F, numbers, 4)


def _depthwise(channels: int, kernel: int) -> Any:
    weights = mx.init.Xavier()
    return nn.Conv2D(channels, kernel, padding=kernel // 2, groups=channels, weight_initializer=weights)


def _predictor(channels: int) -> Any:
    return nn.Conv2D(channels, 1, weight_initializer=mx.init.Xavier())
