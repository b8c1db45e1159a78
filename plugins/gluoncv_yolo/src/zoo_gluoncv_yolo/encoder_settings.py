"""The light half of YOLO3's encoder."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import BoxFormat, TargetEncoderSettings

__all__ = ["YoloEncoderSettings"]


class YoloEncoderSettings(TargetEncoderSettings):
    """YOLO3's rule: an object is given to the cell of its centre, there to the anchor that is most of its shape.

    Anchors of all maps compete by the IoU of boxes around one centre. Where two objects want one anchor the later
    has it; an object whose centre lies outside of the image has none. The first two of the four numbers are the logit
    of the place of the centre in the cell, the others the logarithm of the size, of at least one pixel, against that
    of the anchor. In training, an anchor without an object is ignored where the box that the network predicts at
    it overlaps some object. Small objects count more: 2 - area, in areas of the image.

    Source: Redmon and Farhadi, YOLOv3: An Incremental Improvement, 2018, section 2.1; GluonCV 0.10.5,
    gluoncv/model_zoo/yolo/yolo_target.py.
    """

    name: Literal["yolo3"] = "yolo3"
    takes: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    codes: ClassVar[str] = "cell"

    ignore_iou: Annotated[float, Field(gt=0, le=1)] = 0.7
    """An anchor without an object is ignored where its predicted box has more IoU than this with some object."""
