"""The light half of the MultiBox encoder."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import BoxFormat, EncoderSettings

__all__ = ["MultiBoxEncoderSettings"]


class MultiBoxEncoderSettings(EncoderSettings):
    """MultiBoxTarget's rule: every object takes its best anchor, then anchors above an IoU join.

    An image with no object is all background (MultiBoxTarget ignores all of it).

    Source: MXNet 1.9.1, src/operator/contrib/multibox_target.cc.
    """

    name: Literal["multibox"] = "multibox"
    takes: ClassVar[BoxFormat] = BoxFormat.CORNER_UNIT

    iou: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """An anchor joins its best object when they overlap by more than this."""

    def threshold(self) -> float:
        """The setting `iou`."""
        return self.iou
