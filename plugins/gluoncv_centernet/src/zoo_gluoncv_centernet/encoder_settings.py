"""The light half of CenterNet's encoder."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import BoxFormat, TargetEncoderSettings

__all__ = ["CenterNetEncoderSettings"]


class CenterNetEncoderSettings(TargetEncoderSettings):
    """CenterNet's rule: an object is given to the cell of its centre, on every map.

    The four numbers are the place of the centre in its cell, from 0 to 1, and width and height of the box, in cells.
    Where two objects want one cell the later has it; an object whose centre lies outside of the image has none. Cells
    around that of the centre should say the class a little: a Gaussian, whose radius is such that a box moved by it
    still overlaps the object. Where objects of one class are near each other a cell says the higher value.

    Source: Zhou et al., Objects as Points, 2019, section 3 (the radius is that of Law and Deng, CornerNet, 2018, and
    as in its code); GluonCV 0.10.5, gluoncv/model_zoo/center_net/target_generator.py.
    """

    name: Literal["center_net"] = "center_net"
    takes: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    codes: ClassVar[str] = "center"
    soft: ClassVar[bool] = True

    overlap: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """IoU that a box has at least which is moved by the radius."""

    def threshold(self) -> float:
        """0: the cell of its centre answers for an object, however little the cell overlaps it."""
        return 0
