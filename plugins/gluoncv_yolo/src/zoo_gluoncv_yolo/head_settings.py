"""The light half of YOLO3's head."""

from typing import Literal

from zoo_core.plugin_api import HeadSettings

__all__ = ["YoloHeadSettings"]


class YoloHeadSettings(HeadSettings):
    """YOLO's head: one 1x1 convolution on each map, for the four numbers and the scores of its anchors.

    Source: Redmon and Farhadi, YOLOv3: An Incremental Improvement, 2018, section 2; GluonCV 0.10.5,
    gluoncv/model_zoo/yolo/yolo3.py.
    """

    name: Literal["yolo3"] = "yolo3"
