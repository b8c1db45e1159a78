"""YOLO3's neck.

Its parameters are named as in GluonCV, in files (``yolo_blocks.X``, ``transitions.X``) and in its graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from zoo_core.plugin_api import FeatureMap, import_quietly, mx
from zoo_gluoncv_ssd.initializers import give_initializers
from zoo_gluoncv_yolo.neck_settings import YoloNeckSettings

__all__ = ["YoloNeck"]

yolo3: Any = import_quietly("gluoncv.model_zoo.yolo.yolo3")
darknet: Any = import_quietly("gluoncv.model_zoo.yolo.darknet")


class YoloNeck(mx.gluon.HybridBlock):
    """Blocks of five convolutions, and what leads from each to the next finer map; see `YoloNeckSettings`."""

    def __init__(self, settings: YoloNeckSettings, maps: Sequence[FeatureMap]) -> None:  # noqa: ARG002  # any maps serve
        super().__init__()
        with self.name_scope():
            self.yolo_blocks = mx.gluon.nn.HybridSequential()
            self.transitions = mx.gluon.nn.HybridSequential()
            for index, channels in enumerate(settings.channels):
                self.yolo_blocks.add(yolo3.YOLODetectionBlockV3(channels))
                if index:
                    self.transitions.add(darknet._conv2d(channels, 1, 0, 1))  # noqa: SLF001  # the layers of its blocks
        give_initializers(self)

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> list[Any]:  # noqa: N803  # gluon's name
        """Maps (B, 2 channels_k, H_k, W_k), the coarsest first, of those of a backbone, the finest first."""
        made, route = [], maps[-1]
        for block, transition, finer in zip_longest(self.yolo_blocks, self.transitions, reversed(maps[:-1])):
            route, tip = block(route)
            made.append(tip)
            if finer is not None:
                larger = F.UpSampling(transition(route), scale=2, sample_type="nearest")
                route = F.concat(F.slice_like(larger, finer, axes=(2, 3)), finer, dim=1)
        return made
