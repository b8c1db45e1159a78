"""Where the lines and bars of a chart lie: numbers to places in an SVG picture. How they look is the style sheet's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.evaluation.calibration import Calibration
from zoo_core.evaluation.curves import Curve

__all__ = ["Axes", "Bar", "Line", "calibration_bars", "count_bars", "counting_axes", "nice_ticks", "stepped"]

_UNIT = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_FINEST = 0.5
"""Points of a line that are nearer to each other, in pixels, are one."""


@dataclass(frozen=True)
class Axes:
    """A picture with two axes that begin at 0.

    Attributes:
        width: width of the whole picture, in pixels.
        height: height of the whole picture.
        x_ticks: what is written below; the last is where the axis ends.
        y_ticks: what is written on the left; the last is where the axis ends.
        left: the margin on the left of the plot, and so on.
    """

    width: int
    height: int
    x_ticks: tuple[float, ...] = _UNIT
    y_ticks: tuple[float, ...] = _UNIT
    left: int = 52
    right: int = 16
    top: int = 10
    bottom: int = 42

    @property
    def x_end(self) -> float:
        """Where the plot ends on the right."""
        return self.width - self.right

    @property
    def y_end(self) -> float:
        """Where the plot ends below."""
        return self.height - self.bottom

    def x(self, value: float) -> float:
        """The place of a value from the left."""
        return round(self.left + (self.x_end - self.left) * value / self.x_ticks[-1], 1)

    def y(self, value: float) -> float:
        """The place of a value from the top."""
        return round(self.y_end - (self.y_end - self.top) * value / self.y_ticks[-1], 1)


class Line(NamedTuple):
    """A line of a chart.

    Attributes:
        name: for the legend.
        path: the data of an SVG path; empty where there is nothing to draw.
        point: the place of a mark on it, if any.
    """

    name: str
    path: str
    point: tuple[float, float] | None = None


class Bar(NamedTuple):
    """An upright bar of a chart, in pixels, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    text: str


def stepped(axes: Axes, curve: Curve, name: str) -> Line:
    """A curve of precision as stairs, each as wide as the recalls for which it holds, and its best F1 as a point."""
    chosen = _distinct(axes, curve.recall)
    if not len(chosen):
        return Line(name, "")
    xs = [axes.x(value) for value in curve.recall[chosen].tolist()]
    ys = [axes.y(value) for value in curve.precision[chosen].tolist()]
    path = f"M{axes.x(0)} {ys[0]}" + "".join(f"V{y}H{x}" for x, y in zip(xs, ys, strict=True))
    best = curve.best
    point = None if math.isnan(best.score) else (axes.x(best.recall), axes.y(best.precision))
    return Line(name, path, point)


def _distinct(axes: Axes, values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The values that can be told apart in the picture; the last of those that cannot."""
    places = np.round(values / axes.x_ticks[-1] * (axes.x_end - axes.left) / _FINEST)
    chosen: NDArray[np.int64] = np.flatnonzero(np.diff(places, append=np.inf) > 0)
    return chosen


def nice_ticks(largest: float, count: int = 4) -> tuple[float, ...]:
    """Round numbers from 0 to `largest` or somewhat more, `count` steps or some fewer or more."""
    raw = max(largest, 1) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw)
    step = max(step, 1)
    return tuple(step * index for index in range(math.ceil(max(largest, 1) / step) + 1))


def counting_axes(width: int, height: int, counts: Sequence[int]) -> Axes:
    """Axes for how many detections have which score."""
    return Axes(width, height, y_ticks=nice_ticks(max(counts, default=1), 3), left=72)


def count_bars(axes: Axes, calibration: Calibration, counts: NDArray[np.int64], what: str) -> list[Bar]:
    """A bar for each bin of scores."""
    return [
        _bar(axes, low, high, count, f"{count} {what} detections with scores from {low:.1f} to {high:.1f}")
        for low, high, count in _bins(calibration, counts)
    ]


def calibration_bars(axes: Axes, calibration: Calibration) -> list[Bar]:
    """A bar for each bin of scores that has detections: the part of them that is right."""
    sizes, means = calibration.counts.tolist(), calibration.scores.tolist()
    return [
        _bar(
            axes,
            low,
            high,
            precision,
            f"scores from {low:.1f} to {high:.1f}, on average {mean:.3f}: {precision:.3f} of {size} are right",
        )
        for (low, high, precision), size, mean in zip(
            _bins(calibration, calibration.precisions), sizes, means, strict=True
        )
        if size
    ]


def _bins(calibration: Calibration, values: NDArray[Any]) -> list[tuple[float, float, Any]]:
    edges = calibration.edges.tolist()
    return list(zip(edges[:-1], edges[1:], values.tolist(), strict=True))


def _bar(axes: Axes, low: float, high: float, value: float, text: str) -> Bar:
    left, right, top = axes.x(low) + 1, axes.x(high) - 1, axes.y(value)
    return Bar(left, top, round(right - left, 1), round(axes.y_end - top, 1), text)
