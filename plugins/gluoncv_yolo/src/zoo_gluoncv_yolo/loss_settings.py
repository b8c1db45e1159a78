"""The light half of YOLO3's loss."""

from typing import ClassVar, Literal

from zoo_core.plugin_api import LossSettings, Normalizer, Scoring

__all__ = ["YoloLossSettings"]


class YoloLossSettings(LossSettings):
    """YOLO3's loss: cross-entropy of objectness, classes and places of centres, and the error of sizes.

    Objectness counts at all anchors that are not ignored, the rest where there is an object. Sums over the anchors
    are divided by the images of the batch.

    Source: Redmon and Farhadi, YOLOv3: An Incremental Improvement, 2018, section 2; GluonCV 0.10.5, gluoncv/loss.py,
    YOLOV3Loss.
    """

    name: Literal["yolo3"] = "yolo3"
    scoring: ClassVar[Scoring] = Scoring.OBJECTNESS
    codes: ClassVar[str | None] = "cell"
    weighted: ClassVar[bool] = True
    normalizer: ClassVar[Normalizer | None] = Normalizer.IMAGES

    label_smoothing: bool = False
    """Whether the class of an object should be said with 1 - s and every other with s, where s is 1/40, or 1/C for
    more than 40 classes; else with 1 and 0."""
