"""YOLO3's head; its parameters are named as in GluonCV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.plugin_api import ClassRows, Outputs, by_anchor, mx
from zoo_gluoncv_yolo.head_settings import YoloHeadSettings

__all__ = ["YoloHead"]


class YoloHead(mx.gluon.HybridBlock):
    """A 1x1 convolution on each map; of an anchor first the four numbers, then the scores. See `YoloHeadSettings`."""

    def __init__(self, settings: YoloHeadSettings, outputs: Outputs) -> None:  # noqa: ARG002  # every part is made from its settings
        super().__init__()
        self._outputs = outputs
        with self.name_scope():
            self.yolo_outputs = mx.gluon.nn.HybridSequential()
            for each in outputs.anchors_per_cell:
                self.yolo_outputs.add(_Output(each * (4 + outputs.scores)))

    @property
    def class_rows(self) -> dict[str, ClassRows]:
        """Behind the four numbers, and the objectness where there is one."""
        before = 4 + self._outputs.scoring.before_classes
        return {
            f"yolo_outputs.{index}.prediction": ClassRows(each, before)
            for index, each in enumerate(self._outputs.anchors_per_cell)
        }

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> tuple[Any, Any]:  # noqa: N803  # gluon's name
        """Scores (B, N, S) and numbers (B, N, 4) of feature maps (B, C_k, H_k, W_k)."""
        said = by_anchor(
            F, [layer(map_) for layer, map_ in zip(self.yolo_outputs, maps, strict=True)], 4 + self._outputs.scores
        )
        return F.slice_axis(said, axis=2, begin=4, end=None), F.slice_axis(said, axis=2, begin=0, end=4)


class _Output(mx.gluon.HybridBlock):
    """The convolution of one map; a block of its own, because it has a name of its own in GluonCV's files."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        with self.name_scope():
            self.prediction = mx.gluon.nn.Conv2D(channels, 1, weight_initializer=mx.init.Xavier())

    def hybrid_forward(self, F: Any, map_: Any) -> Any:  # noqa: N803, ARG002
        return self.prediction(map_)
