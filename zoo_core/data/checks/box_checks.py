"""What can be wrong with the boxes of a data set, one by one and all together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zoo_core.common.messages import counted
from zoo_core.data.readers.layouts import Box, Layout, from_corners, to_corners
from zoo_core.data.readers.records import Fault, FaultKind, RawObject, Record, extent, usable_box
from zoo_core.parts.geometry import ImageSize

__all__ = ["Sized", "box_faults", "misread"]

_SLACK = 1.0
"""A box may reach out of its picture by so many pixels without a report: that is rounding."""
_SLACK_UNIT = 0.005
"""The same for boxes that are fractions."""
_FEWEST = 8
"""From so many different boxes on their numbers say how they are meant."""
_MOST_GOOD, _LEAST_GOOD = 0.8, 0.95
"""Boxes are read wrongly when at most the first share is possible, and at least the second in another layout."""
_LARGEST_FRACTION = 1.01

Sized = tuple[Record, ImageSize | None]
"""An annotated image, and its size as far as that is known."""


def box_faults(record: Record, size: ImageSize | None) -> Iterator[Fault]:
    """The problems of single boxes: unusable, outside the image, or duplicate."""
    earlier: dict[tuple[str, Box], RawObject] = {}
    for each in record.objects:
        found = usable_box(record, each, size)
        if isinstance(found, Fault):
            yield found
            continue
        place = record.place_of(each)
        out = _reach(each, record, size)
        if out > (_SLACK_UNIT if record.unit else _SLACK):
            by = f"{out:.3g} of its side" if record.unit else f"{counted(round(out), 'pixel')}"
            message = f"the box {each.written} extends beyond the picture by {by}, and is clipped"
            yield Fault(FaultKind.BOX_REACHES_OUT, place, message, "correct the box if that is not intended")
        first = earlier.setdefault((each.name, found), each)
        if first is not each:
            message = f"the box {each.written} repeats that of {first.place}"
            yield Fault(FaultKind.DUPLICATE_BOX, place, message, "remove one of them")


def _reach(each: RawObject, record: Record, size: ImageSize | None) -> float:
    """By how much a box leaves its picture, in the unit of the record."""
    x1, y1, x2, y2 = each.box or (0.0, 0.0, 0.0, 0.0)
    width, height = extent(record, size)
    return max(-x1, -y1, x2 - width, y2 - height)


def misread(split: str, pictures: Sequence[Sized]) -> Fault | None:
    """Whether the numbers of a split show that its boxes are meant in another way than they are read.

    Fractions read as pixels would lie in one pixel; pixels read as fractions, far outside.
    Where many boxes are impossible and nearly all are possible in another layout, that is
    what was meant.
    """
    boxes = [(each.box, record, size) for record, size in pictures for each in record.objects if each.box]
    if len({box for box, _, _ in boxes}) < _FEWEST:
        return None
    record = boxes[0][1]
    # Where every picture has a file of its own, the folder of those is meant.
    one_file = all(each.annotation == record.annotation for _, each, _ in boxes)
    place = f"{record.annotation if one_file else record.annotation.parent} (split {split!r})"
    far = sum(max(map(abs, box)) > _LARGEST_FRACTION for box, _, _ in boxes) / len(boxes)
    if not record.unit and far == 0:
        message = f"all {len(boxes)} boxes are between 0 and 1: fractions of the picture, read as pixels"
        return Fault(FaultKind.PIXELS_OR_FRACTIONS, place, message, "write pixels, or, for CSV, set data.unit=true")
    if record.unit and far > _MOST_GOOD:
        message = f"{far:.0%} of {len(boxes)} boxes are far beyond 1: pixels, read as fractions of the picture"
        return Fault(
            FaultKind.PIXELS_OR_FRACTIONS, place, message, "divide them by the width and height of the picture"
        )
    declared = _share_of_possible(boxes, record.layout)
    if declared > _MOST_GOOD:
        return None
    shares = {layout: _share_of_possible(boxes, layout) for layout in Layout}
    best = max(shares, key=lambda layout: shares[layout])
    if shares[best] < _LEAST_GOOD:
        return None
    message = (
        f"read as ({record.layout}) {1 - declared:.0%} of {len(boxes)} boxes are inverted, empty or outside their "
        f"picture; read as ({best}) {1 - shares[best]:.0%} are"
    )
    remedy = f"the file seems to contain ({best}): the format needs ({record.layout})"
    return Fault(FaultKind.CORNERS_OR_SIZES, place, message, remedy)


def _share_of_possible(boxes: Sequence[tuple[Box, Record, ImageSize | None]], layout: Layout) -> float:
    return sum(_possible(*each, layout) for each in boxes) / len(boxes)


def _possible(box: Box, record: Record, size: ImageSize | None, layout: Layout) -> bool:
    """Whether a box would lie in its picture if its four numbers were meant in this layout."""
    x1, y1, x2, y2 = to_corners(from_corners(box, record.layout), layout)
    width, height = extent(record, size)
    slack = 2 * (_SLACK_UNIT if record.unit else _SLACK)
    return -slack <= x1 < x2 <= width + slack and -slack <= y1 < y2 <= height + slack
