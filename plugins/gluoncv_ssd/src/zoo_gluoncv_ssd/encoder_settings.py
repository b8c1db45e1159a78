"""The light half of SSD's encoder."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import BoxFormat, EncoderSettings

__all__ = ["SSDEncoderSettings"]


class SSDEncoderSettings(EncoderSettings):
    """SSD's rule: every object takes its best anchor, then anchors with enough IoU join their best object.

    An image with no object is all background; an object that no anchor overlaps has no anchor.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2; GluonCV 0.10.5,
    gluoncv/model_zoo/ssd/target.py.
    """

    name: Literal["ssd"] = "ssd"
    takes: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL

    iou: Annotated[float, Field(gt=0, le=1)] = 0.5
    """An anchor joins the object that it overlaps most when their IoU is at least this."""

    def threshold(self) -> float:
        """The setting `iou`."""
        return self.iou
