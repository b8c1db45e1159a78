"""SSD's head: two convolutions on each feature map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.boxes.protocols import ClassRows
from zoo_core.config.head import SsdHeadSettings
from zoo_core.engines.gluon import mx
from zoo_core.parts.outputs import Outputs

__all__ = ["SsdHead", "by_anchor"]


class SsdHead(mx.gluon.HybridBlock):
    """Scores and numbers of every anchor by convolutions of each map's own; see `SsdHeadSettings`."""

    def __init__(self, settings: SsdHeadSettings, outputs: Outputs) -> None:
        super().__init__()
        self._outputs = outputs
        self.class_predictors = _predictors(outputs.anchors_per_cell, outputs.scores, settings.kernel)
        self.box_predictors = _predictors(outputs.anchors_per_cell, 4, settings.kernel)

    @property
    def class_rows(self) -> dict[str, ClassRows]:
        """Those of each class predictor."""
        before = self._outputs.scoring.before_classes
        return {
            f"class_predictors.{index}": ClassRows(each, before, f"box_predictors.{index}")
            for index, each in enumerate(self._outputs.anchors_per_cell)
        }

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> tuple[Any, Any]:  # noqa: N803  # gluon's name
        """Scores (B, N, S) and numbers (B, N, 4) of feature maps (B, C_k, H_k, W_k)."""
        scores = [predictor(map_) for predictor, map_ in zip(self.class_predictors, maps, strict=True)]
        numbers = [predictor(map_) for predictor, map_ in zip(self.box_predictors, maps, strict=True)]
        return by_anchor(F, scores, self._outputs.scores), by_anchor(F, numbers, 4)


def by_anchor(F: Any, predictions: Sequence[Any], size: int) -> Any:  # noqa: N803
    """The predictions (B, A_k * size, H_k, W_k) of all maps as (B, N, size), in the order of `Anchors`."""
    # Channels last, so that the numbers of one anchor stand together.
    flat = [F.flatten(F.transpose(each, axes=(0, 2, 3, 1))) for each in predictions]
    return F.concat(*flat, dim=1).reshape((0, -1, size))


def _predictors(anchors_per_cell: Sequence[int], numbers: int, kernel: int) -> Any:
    layers = mx.gluon.nn.HybridSequential()
    for each in anchors_per_cell:
        layers.add(mx.gluon.nn.Conv2D(each * numbers, kernel, padding=kernel // 2, weight_initializer=mx.init.Xavier()))
    return layers
