"""What an evaluation found out, as numbers, JSON and a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table

from zoo_core.evaluation.coco import CocoNumbers, mean, mean_numbers

__all__ = ["ClassReport", "Report"]


@dataclass(frozen=True)
class ClassReport:
    """The scores of a class.

    Attributes:
        name: of the class.
        ap_voc07: average precision by the rule of VOC 2007; NaN when there are no objects.
        ap_voc10: the same by the rule of VOC 2010 and later.
        objects: how many were to be found; difficult ones are not among them.
        difficult: objects that do not count.
        detections: how many were reported.
        coco: the twelve numbers of COCO.
    """

    name: str
    ap_voc07: float
    ap_voc10: float
    objects: int
    difficult: int
    detections: int
    coco: CocoNumbers


@dataclass(frozen=True)
class Report:
    """How good a detector is on a data set.

    Attributes:
        classes: the scores of each class.
        iou: the least overlap at which a detection is right by VOC's rules; COCO has its own.
        images: how many were looked at.
        seconds: that looking took: reading, network and finding boxes together; 0 where the boxes come from a file.
        reading_seconds: the part of it in which images were read.
        scoring_seconds: that counting the scores took, after that.
    """

    classes: tuple[ClassReport, ...]
    iou: float
    images: int
    seconds: float
    reading_seconds: float = 0.0
    scoring_seconds: float = 0.0

    @property
    def map_voc07(self) -> float:
        """The mean of `ap_voc07` over the classes that have objects; NaN when none has."""
        return mean(each.ap_voc07 for each in self.classes)

    @property
    def map_voc10(self) -> float:
        """The mean of `ap_voc10` over the classes that have objects; NaN when none has."""
        return mean(each.ap_voc10 for each in self.classes)

    @property
    def coco(self) -> CocoNumbers:
        """The twelve numbers of COCO, each the mean over the classes that have such objects."""
        return mean_numbers([each.coco for each in self.classes])

    @property
    def images_per_second(self) -> float:
        """Images looked at in a second."""
        return self.images / self.seconds if self.seconds else math.nan

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON, which has no NaN: what is not defined is None."""
        return {
            "map_voc07": _plain(self.map_voc07),
            "map_voc10": _plain(self.map_voc10),
            "iou": self.iou,
            "images": self.images,
            "seconds": self.seconds,
            "images_per_second": _plain(self.images_per_second),
            "classes": {
                each.name: {
                    "ap_voc07": _plain(each.ap_voc07),
                    "ap_voc10": _plain(each.ap_voc10),
                    "objects": each.objects,
                    "difficult": each.difficult,
                    "detections": each.detections,
                }
                for each in self.classes
            },
        }

    def __rich__(self) -> Table:
        """The table that ``rich.print(report)`` shows."""
        speed = f"{self.images} images, {self.images_per_second:.1f} a second"
        table = Table(title=f"Average precision at IoU {self.iou:g} ({speed})", title_justify="left")
        table.add_column("class")
        for heading in ("VOC 2007", "VOC 2010+", "objects", "difficult", "detections"):
            table.add_column(heading, justify="right")
        counts = [(each.objects, each.difficult, each.detections) for each in self.classes]
        for each, numbers in zip(self.classes, counts, strict=True):
            table.add_row(each.name, _shown(each.ap_voc07), _shown(each.ap_voc10), *map(str, numbers))
        table.add_section()
        totals = (sum(column) for column in zip(*counts, strict=True))
        table.add_row("mean", _shown(self.map_voc07), _shown(self.map_voc10), *map(str, totals), style="bold")
        return table

    def __str__(self) -> str:
        """The table as plain text."""
        console = Console(file=StringIO(), width=200, color_system=None)
        with console.capture() as captured:
            console.print(self)
        return captured.get()


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
