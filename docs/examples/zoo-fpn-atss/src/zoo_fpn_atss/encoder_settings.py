"""The light half of adaptive training sample selection."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import PositiveInt
from zoo_core import BoxFormat, EncoderSettings

__all__ = ["AtssSettings"]


class AtssSettings(EncoderSettings):
    """ATSS: every object sets its own IoU threshold, from the anchors that lie nearest to it.

    On each level the anchors whose centres are nearest to that of the object are its
    candidates. Those whose IoU is at least the mean plus the standard deviation of the IoU
    of all its candidates, and whose centre is inside of it, are assigned to it. An anchor
    that fits several objects is assigned to the one that it overlaps most.

    A level is all anchors of one width and height. With one shape of anchor on each feature
    map, as in the paper, that is the map; with several, each shape of a map has candidates
    of its own. Anchors must not be clipped, which would make shapes of their own at the border.

    Source: Zhang et al., Bridging the Gap Between Anchor-based and Anchor-free Detection via
    Adaptive Training Sample Selection, 2020, algorithm 1.
    """

    name: Literal["atss"] = "atss"
    takes: ClassVar[BoxFormat] = BoxFormat.CORNER_PIXEL

    top_k: PositiveInt = 9
    """Candidates of an object on each level."""
