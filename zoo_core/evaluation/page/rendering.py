"""The page: numbers, charts and pictures put into the templates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jinja2
import numpy as np

from zoo_core.common.colours import class_colour, css, text_colour
from zoo_core.common.versions import core_version
from zoo_core.evaluation.analysis import Analysis
from zoo_core.evaluation.page.charts import (
    Axes,
    Bar,
    Line,
    calibration_bars,
    count_bars,
    counting_axes,
    stepped,
)
from zoo_core.evaluation.page.evaluation import Evaluation
from zoo_core.evaluation.page.numbers import Number, headline, of_dataset
from zoo_core.evaluation.page.pictures import Picture
from zoo_core.evaluation.tide import ErrorKind

__all__ = ["RunView", "rendered"]

_CURVE = Axes(560, 400)
_SMALL = Axes(208, 168, x_ticks=(0, 0.5, 1), y_ticks=(0, 0.5, 1), left=32, right=10, top=8, bottom=24)
_SQUARE = Axes(400, 360)
_COLOURED = 12
"""So many lines can be told apart by their colour."""
_EXTREMES = 5
"""Of many classes so many of the best and of the worst are shown unfolded."""
_LEGIBLE = 25
"""A confusion matrix of more classes has smaller cells."""
_LISTED = 10
"""Of the confusions of many classes so many are told in words."""
_NONE, _MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"

_KINDS = {
    ErrorKind.CLASSIFICATION: "on an object, but of another class",
    ErrorKind.LOCALISATION: "of the right class, but misplaced: IoU 0.1 to 0.5",
    ErrorKind.BOTH: "of another class, and misplaced",
    ErrorKind.DUPLICATE: "on an object that a higher-scoring detection has found",
    ErrorKind.BACKGROUND: "on no object: IoU 0.1 or less",
    ErrorKind.MISSED: "an object that no detection found, not even misplaced or as another class",
}


class ClassLine(NamedTuple):
    """The curve of a class.

    Attributes:
        label: its index.
        line: empty where nothing of the class was found.
        ap: the area under the curve; NaN for a class without objects.
    """

    label: int
    line: Line
    ap: float


@dataclass(frozen=True)
class RunView:
    """A detector as the template shows it.

    Attributes:
        number: number of the run, counted from 1; in the links of the page.
        evaluation: its name, configuration and versions.
        analysis: all that is known about it.
        pictures: the worst.
    """

    number: int
    evaluation: Evaluation
    analysis: Analysis
    pictures: Sequence[Picture]

    @property
    def headline(self) -> list[Number]:
        """What is compared first."""
        return headline(self.analysis)

    @property
    def mean_line(self) -> Line:
        """The mean curve of precision and recall."""
        return stepped(_CURVE, self.analysis.mean_curve, "mean")

    @property
    def class_lines(self) -> list[ClassLine]:
        """The curve of each class, on the axes of the mean."""
        return self._lines(_CURVE, range(len(self.analysis.curves)))

    @property
    def is_coloured(self) -> bool:
        """Whether there are few enough classes for a colour each."""
        return len(self.analysis.curves) <= _COLOURED

    @property
    def small_charts(self) -> tuple[list[ClassLine], list[ClassLine]]:
        """A small chart a class, the highest average precision first: those to show, and those to fold away."""
        scores = [each.ap_voc10 for each in self.analysis.report.classes]
        order = sorted((label for label, ap in enumerate(scores) if not math.isnan(ap)), key=lambda each: -scores[each])
        if len(order) <= 2 * _EXTREMES:
            return self._lines(_SMALL, order), []
        return self._lines(_SMALL, order[:_EXTREMES] + order[-_EXTREMES:]), self._lines(
            _SMALL, order[_EXTREMES:-_EXTREMES]
        )

    @property
    def without_objects(self) -> list[int]:
        """The classes that have no average precision, since no object of them counts."""
        return [label for label, each in enumerate(self.analysis.report.classes) if math.isnan(each.ap_voc10)]

    @property
    def pictured(self) -> list[int]:
        """The classes that are drawn in the pictures."""
        return sorted(
            {box.label for each in self.pictures for drawing in (each.truth, each.found) for box in drawing.boxes}
        )

    def _lines(self, axes: Axes, labels: Iterable[int]) -> list[ClassLine]:
        names, scores = self.analysis.results.class_names, self.analysis.report.classes
        return [
            ClassLine(label, stepped(axes, self.analysis.curves[label], names[label]), scores[label].ap_voc10)
            for label in labels
        ]

    @property
    def reliability(self) -> list[Bar]:
        """Precision by score."""
        return calibration_bars(_SQUARE, self.analysis.calibration)

    @property
    def histograms(self) -> list[tuple[str, Axes, list[Bar]]]:
        """How many right and wrong detections have which score, each on its own scale."""
        found = self.analysis.calibration
        charts = []
        for what, counts in (("right", found.right), ("wrong", found.wrong)):
            axes = counting_axes(_SQUARE.width, _SQUARE.height // 2, counts.tolist())
            charts.append((what, axes, count_bars(axes, found, counts, what)))
        return charts

    @property
    def matrix(self) -> list[tuple[str, list[tuple[int, float]]]]:
        """Each row of the confusion matrix: its class, and count and share of each cell."""
        found = self.analysis.confusion
        rows = zip(found.names, found.counts.tolist(), found.shares.tolist(), strict=True)
        return [(name, list(zip(counts, shares, strict=True))) for name, counts, shares in rows]

    @property
    def confusions(self) -> list[tuple[str, str, int, float]]:
        """The most frequent confusions of two classes: truth, what it was taken for, how often, part of the row."""
        found = self.analysis.confusion
        counts = found.counts[:-1, :-1] * (1 - np.eye(len(found.names) - 1, dtype=np.int64))
        most = np.argsort(-counts, axis=None, kind="stable")[:_LISTED]
        cells = [divmod(int(index), len(counts)) for index in most if counts.flat[index]]
        return [
            (found.names[row], found.names[column], int(counts[row, column]), float(found.shares[row, column]))
            for row, column in cells
        ]

    @property
    def is_small_matrix(self) -> bool:
        """Whether the cells of the confusion matrix can have their full size."""
        return len(self.analysis.confusion.names) <= _LEGIBLE


def rendered(views: Sequence[RunView]) -> str:
    """The whole page as HTML, which needs nothing from elsewhere and runs no scripts."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__name__.rpartition(".")[0]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    environment.filters["change"] = _change
    environment.filters["percent"] = _percent
    environment.filters["colour"] = lambda label: css(class_colour(label))
    environment.filters["ink"] = lambda label: css(text_colour(class_colour(label)))
    environment.globals.update(
        curve_axes=_CURVE, small_axes=_SMALL, square_axes=_SQUARE, kind_words=_KINDS, difference=_difference
    )
    page = environment.get_template("report.html.jinja")
    return page.render(runs=views, dataset=of_dataset(views[0].evaluation.results), version=core_version())


def _number(value: float, digits: int = 3) -> str:
    return _NONE if math.isnan(value) else f"{value:,.{digits}f}"


def _percent(value: float) -> str:
    return _NONE if math.isnan(value) else f"{value:.0%}"


def _change(number: Number, base: Number) -> dict[str, str]:
    """How a number differs from that of the first run: in words, and whether that is good."""
    return _difference(number.value, base.value, number.digits, number.better)


def _difference(value: float, base: float, digits: int = 3, better: int = 1) -> dict[str, str]:
    change = value - base
    if math.isnan(change):
        return {"text": _NONE, "kind": "same"}
    rounded = round(change, digits)
    if not rounded:
        return {"text": "=", "kind": "same"}
    kind = "same" if not better else "good" if rounded * better > 0 else "bad"
    return {"text": f"{rounded:+.{digits}f}".replace("-", _MINUS), "kind": kind}
