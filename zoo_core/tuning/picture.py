"""The trials of a study as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoo_core.common.colours import class_colour, css
from zoo_core.common.writing import replacing
from zoo_core.tuning.results import TrialResult, TuningResults, shown_value

__all__ = ["write_picture"]

_COLUMNS = 3
_PANEL = (4.0, 3.2)
_MOST_PANELS = 8
"""Settings that are drawn, besides the course of the study."""
_LONGEST = 18
"""Letters of a value on an axis."""
_WIDE = 20
"""Numbers of which the largest is so many times the least are better seen on a logarithmic scale."""
_MANY_DECADES = 300
"""Where the largest is so many times the least, powers of ten alone are named."""


def write_picture(results: TuningResults, picture: Path) -> None:
    """Draw the scores in the order of the trials, and over each setting that was tried.

    Args:
        results: with a trial that is complete.
        picture: a PNG, which is replaced.

    Raises:
        OSError: it cannot be written.
    """
    from matplotlib.figure import Figure

    trials = [each for each in results.trials if each.score is not None]
    paths = [path for path in results.searched if len({str(each.values[path]) for each in trials}) > 1][:_MOST_PANELS]
    columns = min(_COLUMNS, 1 + len(paths))
    rows = -(-(1 + len(paths)) // columns)
    figure = Figure(figsize=(_PANEL[0] * max(2, columns), _PANEL[1] * rows), layout="constrained")
    _draw_course(figure.add_subplot(rows, columns, 1), trials)
    for index, path in enumerate(paths, 2):
        _draw_setting(figure.add_subplot(rows, columns, index), trials, path)
    top = max(each.score or 0.0 for each in trials)
    for axes in figure.axes:
        axes.set_ylim(0, min(1.05, max(0.1, 1.25 * top)))
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    with replacing(picture) as fresh:
        figure.savefig(fresh, dpi=110, format="png")


def _draw_course(axes: Any, trials: Sequence[TrialResult]) -> None:
    """The score of each trial, and the best one up to there."""
    best, so_far = 0.0, []
    for each in trials:
        best = max(best, each.score or 0.0) if each.outcome == "complete" else best
        so_far.append(best)
    numbers = [each.number for each in trials]
    axes.step(numbers, so_far, where="post", color=css(class_colour(1)), label="best so far")
    _draw_points(axes, trials, numbers)
    axes.set_title("mAP (VOC 2007) of each trial", loc="left")
    axes.set_xlabel("trial")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, loc="upper left", ncols=2, fontsize="small")


def _draw_setting(axes: Any, trials: Sequence[TrialResult], path: str) -> None:
    values = [each.values[path] for each in trials]
    if all(isinstance(each, int | float) and not isinstance(each, bool) for each in values):
        _draw_points(axes, trials, values)
        if min(values) > 0 and max(values) >= _WIDE * min(values):
            _make_logarithmic(axes)
    else:
        names = list(dict.fromkeys(map(shown_value, values)))
        _draw_points(axes, trials, [names.index(shown_value(each)) for each in values])
        axes.set_xticks(range(len(names)), [_short(name) for name in names])
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.tick_params(axis="x", rotation=20 if len(names) > 2 else 0, labelsize="small")
    axes.set_title(path, loc="left")


def _make_logarithmic(axes: Any) -> None:
    """Name a few numbers, none over another; by default those of less than two decades are all named."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    lowest, highest = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if highest < _MANY_DECADES * lowest else (1,)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _draw_points(axes: Any, trials: Sequence[TrialResult], places: Sequence[Any]) -> None:
    """Full points for complete trials, rings for those that did not come to their end."""
    colour = css(class_colour(0))
    for label, is_complete in (("complete", True), ("not to the end", False)):
        chosen = [
            (place, each.score)
            for place, each in zip(places, trials, strict=True)
            if (each.outcome == "complete") == is_complete
        ]
        if chosen:
            fill = {"facecolors": colour if is_complete else "none", "edgecolors": colour}
            axes.scatter(*zip(*chosen, strict=True), s=26, label=label, **fill)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
