"""What an evaluation found out, as numbers, JSON, CSV and tables."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from typing import Any

from rich.console import Console, Group

from zoo_core.common.fitted_table import FittedTable
from zoo_core.common.messages import counted, one_line
from zoo_core.evaluation.coco import CocoNumbers, mean, mean_numbers
from zoo_core.evaluation.conditions import Conditions

__all__ = ["ClassReport", "Report", "csv_text"]

_COUNTS = {"objects": "objects", "difficult": "difficult", "detections": "found"}
"""What is counted of a class, each with its heading."""
_SCORES = ("VOC\n2007", "VOC\n2010+", "AP", "AP75", "AP\nsmall", "AP\nmedium", "AP\nlarge")
"""What a table of classes has room for; JSON and CSV have all."""
_SIZES = ("all", "small", "medium", "large")
_PLAIN_WIDTH = 1000
"""Width where the output is not a terminal, in cells: there a row is a line."""


@dataclass(frozen=True)
class ClassReport:
    """The scores of a class.

    Attributes:
        name: name of the class.
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

    def to_row(self) -> dict[str, str | float | None]:
        """As a row of a table, by column; what is not defined is None."""
        return {
            "class": self.name,
            "ap_voc07": _plain(self.ap_voc07),
            "ap_voc10": _plain(self.ap_voc10),
            **_plain_numbers(self.coco),
            "objects": self.objects,
            "difficult": self.difficult,
            "detections": self.detections,
        }


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
        conditions: how the detections came about; None where that is not known.
    """

    classes: tuple[ClassReport, ...]
    iou: float
    images: int
    seconds: float
    reading_seconds: float = 0.0
    scoring_seconds: float = 0.0
    conditions: Conditions | None = None

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
    def overall(self) -> ClassReport:
        """The means over the classes under the name "mean", with all objects and detections together."""
        return ClassReport(
            name="mean",
            ap_voc07=self.map_voc07,
            ap_voc10=self.map_voc10,
            objects=sum(each.objects for each in self.classes),
            difficult=sum(each.difficult for each in self.classes),
            detections=sum(each.detections for each in self.classes),
            coco=self.coco,
        )

    @property
    def images_per_second(self) -> float:
        """Images looked at in a second."""
        return self.images / self.seconds if self.seconds else math.nan

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON, which has no NaN: what is not defined is None."""
        return {
            "map_voc07": _plain(self.map_voc07),
            "map_voc10": _plain(self.map_voc10),
            "coco": _plain_numbers(self.coco),
            "iou": self.iou,
            "conditions": self.conditions.to_dict() if self.conditions else None,
            "images": self.images,
            "seconds": self.seconds,
            "reading_seconds": self.reading_seconds,
            "scoring_seconds": self.scoring_seconds,
            "images_per_second": _plain(self.images_per_second),
            "classes": {
                each.name: {
                    "ap_voc07": _plain(each.ap_voc07),
                    "ap_voc10": _plain(each.ap_voc10),
                    "coco": _plain_numbers(each.coco),
                    "objects": each.objects,
                    "difficult": each.difficult,
                    "detections": each.detections,
                }
                for each in self.classes
            },
        }

    def to_csv(self) -> str:
        """As the text of a CSV file: a line a class, and the means last; what is not defined is left empty."""
        return csv_text([each.to_row() for each in (*self.classes, self.overall)])

    def __rich__(self) -> Group:
        """The tables that ``rich.print(report)`` shows."""
        conditions = f"{self.conditions}\n" if self.conditions else ""
        return Group(f"{self._speed()}\n{conditions}", self._summary(), "", self._by_class())

    def _summary(self) -> FittedTable:
        coco = self.coco
        rows = (
            (f"VOC 2007, IoU {self.iou:g}", self.map_voc07),
            (f"VOC 2010+, IoU {self.iou:g}", self.map_voc10),
            ("AP, IoU .50 to .95", coco.ap, coco.ap_small, coco.ap_medium, coco.ap_large),
            ("AP50", coco.ap50),
            ("AP75", coco.ap75),
            ("AR1", coco.ar1),
            ("AR10", coco.ar10),
            ("AR100", coco.ar100, coco.ar_small, coco.ar_medium, coco.ar_large),
        )
        return FittedTable(
            [[name, *map(_shown, numbers), *[""] * (len(_SIZES) - len(numbers))] for name, *numbers in rows],
            ("", *_SIZES),
            "Overall, and by size of the objects",
            ruled=True,
        )

    def _speed(self) -> str:
        if not self.seconds:
            return counted(self.images, "image")
        reading = f"{self.reading_seconds / self.seconds:.0%} of the time was reading"
        return f"{counted(self.images, 'image')}, {self.images_per_second:.1f} a second ({reading})"

    def _by_class(self) -> FittedTable:
        overall = self.overall
        counts = [name for name in _COUNTS if name != "difficult" or overall.difficult]
        return FittedTable(
            [_shown_row(each, counts) for each in (*self.classes, overall)],
            ("class", *_SCORES, *(_COUNTS[name] for name in counts)),
            "By class",
            ruled=True,
            total=True,
        )

    def __repr__(self) -> str:
        scores = f"VOC 2007 {_shown(self.map_voc07)}, VOC 2010+ {_shown(self.map_voc10)}, AP {_shown(self.coco.ap)}"
        return f"<Report: {counted(self.images, 'image')}, {counted(len(self.classes), 'class', 'classes')}; {scores}>"

    def _repr_html_(self) -> str:
        """The tables for notebooks."""
        console = Console(file=StringIO(), width=_PLAIN_WIDTH, record=True)
        console.print(self)
        return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")

    def __str__(self) -> str:
        """The tables as plain text."""
        console = Console(file=StringIO(), width=_PLAIN_WIDTH, color_system=None)
        with console.capture() as captured:
            console.print(self)
        return captured.get()


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows, at least one, of the same columns as the text of a CSV file; None is left empty."""
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def _plain_numbers(numbers: CocoNumbers) -> dict[str, float | None]:
    return {name: _plain(value) for name, value in asdict(numbers).items()}


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _shown_row(scores: ClassReport, counts: Iterable[str]) -> list[str]:
    coco = scores.coco
    numbers = scores.ap_voc07, scores.ap_voc10, coco.ap, coco.ap75, coco.ap_small, coco.ap_medium, coco.ap_large
    return [one_line(scores.name), *map(_shown, numbers), *(str(getattr(scores, name)) for name in counts)]
