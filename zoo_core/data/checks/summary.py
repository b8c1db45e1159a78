"""What is in a data set, in numbers: classes, sizes, shapes, boxes in a picture."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from zoo_core.data.readers.layouts import Box

__all__ = ["ASPECT_RATIOS", "OBJECTS", "SIDES", "Histogram", "SplitSummary"]


@dataclass(frozen=True)
class Histogram:
    """How many values lie between each edge (inclusive) and the next.

    Attributes:
        title: what is counted.
        edges: the lower edges; the last bin is open.
        labels: labels of the bins.
        counts: counts of the values in each bin.
    """

    title: str
    edges: tuple[float, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...] = ()

    def of(self, values: Iterable[float]) -> Histogram:
        """The same bins with these values counted."""
        found = Counter(bisect_right(self.edges, value) - 1 for value in values)
        counts = tuple(found[index] for index in range(len(self.edges)))
        return Histogram(self.title, self.edges, self.labels, counts)


SIDES = Histogram(
    "sizes: square root of the area, in pixels",
    (0, 8, 16, 32, 64, 96, 192, 384),
    ("under 8", "8 to 16", "16 to 32", "32 to 64", "64 to 96", "96 to 192", "192 to 384", "from 384"),
)
"""Edges 32 and 96 part small, medium and large objects by COCO's rule."""
ASPECT_RATIOS = Histogram(
    "aspect ratios: width to height",
    (0, 1 / 4, 1 / 2, 4 / 5, 5 / 4, 2, 4),
    ("under 1:4", "1:4 to 1:2", "1:2 to 4:5", "4:5 to 5:4", "5:4 to 2:1", "2:1 to 4:1", "from 4:1"),
)
OBJECTS = Histogram(
    "boxes in a picture",
    (0, 1, 2, 3, 5, 10, 20, 50),
    ("none", "1", "2", "3 or 4", "5 to 9", "10 to 19", "20 to 49", "from 50"),
)


@dataclass
class SplitSummary:
    """What a split holds; boxes that cannot be used are not counted.

    Attributes:
        images: their number.
        classes: the number of objects of each class.
        sides: square root of the area of each object, in pixels.
        ratios: width to height of each object.
        objects: the number of boxes in each picture.
    """

    images: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    sides: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)

    def add(self, objects: Sequence[tuple[str, Box]]) -> None:
        """Count an image with the class and the box (in pixels) of each object."""
        self.images += 1
        self.objects.append(len(objects))
        for name, (x1, y1, x2, y2) in objects:
            self.classes[name] += 1
            self.sides.append(math.sqrt((x2 - x1) * (y2 - y1)))
            self.ratios.append((x2 - x1) / (y2 - y1))

    def histograms(self) -> tuple[Histogram, ...]:
        """Sizes, aspect ratios and boxes in a picture."""
        return SIDES.of(self.sides), ASPECT_RATIOS.of(self.ratios), OBJECTS.of(self.objects)

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {
            "images": self.images,
            "objects": sum(self.classes.values()),
            "classes": dict(self.classes.most_common()),
            "histograms": {each.title: dict(zip(each.labels, each.counts, strict=True)) for each in self.histograms()},
        }

    def __add__(self, other: SplitSummary) -> SplitSummary:
        """Both together."""
        return SplitSummary(
            self.images + other.images,
            self.classes + other.classes,
            self.sides + other.sides,
            self.ratios + other.ratios,
            self.objects + other.objects,
        )
