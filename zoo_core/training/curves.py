"""The curves of a training as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from zoo_core.common.colours import class_colour, css
from zoo_core.common.writing import replacing
from zoo_core.training.log import logged

__all__ = ["write_curves"]

Entries: TypeAlias = Sequence[Mapping[str, Any]]

_SIZE = (11.0, 7.0)
_LOSSES = {"loss": "all", "class_loss": "classes", "box_loss": "boxes"}
_MOST_EPOCHS = 8
"""So many epochs have a tick of their own."""
_MOST_POINTS = 40
"""More points of a line are not marked."""
_WIDE = 4
"""A largest value that is so many times the least is better seen on a logarithmic scale."""


def write_curves(log: Path, picture: Path) -> None:
    """Draw loss, learning rate and speed over the steps, and the score where there is one.

    Args:
        log: what a `TrainingLog` wrote.
        picture: a PNG, which is replaced.

    Raises:
        OSError: it cannot be written.
    """
    from matplotlib.figure import Figure

    entries = list(logged(log))
    steps, epochs, scores = ([each for each in entries if each["kind"] == kind] for kind in ("steps", "epoch", "score"))
    figure = Figure(figsize=_SIZE, layout="constrained")
    if steps or epochs:
        _draw(figure, steps, epochs, [each for each in scores if each["map_voc07"] is not None])
    else:
        figure.text(0.5, 0.5, "nothing was measured", ha="center")
    with replacing(picture) as fresh:
        figure.savefig(fresh, dpi=110, format="png")


def _draw(figure: Any, steps: Entries, epochs: Entries, scores: Entries) -> None:
    """A panel for each thing that was measured, and none for others."""
    panels = figure.subplot_mosaic([["loss", "score" if scores else "loss"], ["rate", "speed"]])
    _draw_losses(panels["loss"], steps, epochs)
    if scores:
        _draw_scores(panels["score"], scores)
    _draw_rate(panels["rate"], sorted([*steps, *epochs], key=lambda each: each["step"]))
    _draw_means(panels["speed"], steps, epochs, "images_per_second")
    panels["speed"].set_ylim(0, 1.15 * max(each["images_per_second"] for each in (*steps, *epochs)))
    panels["speed"].set_title("images per second", loc="left")
    for axes in panels.values():
        axes.set_xlim(0, 1.02 * max(_ends([*steps, *epochs, *scores])))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    for name in ("loss", "score") if scores else ("loss",):
        _mark_epochs(panels[name], epochs)


def _draw_losses(axes: Any, steps: Entries, epochs: Entries) -> None:
    for number, (key, name) in enumerate(_LOSSES.items()):
        _draw_means(axes, steps, epochs, key, number, name)
    values = [each[key] for each in (*steps, *epochs) for key in _LOSSES]
    if min(values) > 0 and max(values) > _WIDE * min(values):
        axes.set_yscale("log", subs=())
        axes.yaxis.get_major_locator().set_params(subs=(1, 2, 5))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_ylim(0.8 * min(values), 1.8 * max(values))
    else:
        axes.set_ylim(0, 1.3 * max(values) or 1)
    axes.set_title("loss, and its mean over each epoch" if steps and epochs else "loss", loc="left")
    axes.legend(ncols=len(_LOSSES), frameon=False, loc="upper right")


def _draw_means(axes: Any, steps: Entries, epochs: Entries, key: str, number: int = 0, name: str | None = None) -> None:
    """Means over some steps as a fine line, means over epochs as levels from their first step to their last."""
    colour = css(class_colour(number))
    middles = [(first + last) / 2 for first, last in pairwise([0, *_ends(steps)])]
    faint = {"alpha": 0.5, "linewidth": 1} if epochs else {"label": name}
    axes.plot(middles, [each[key] for each in steps], color=colour, marker=_marker(steps), markersize=3, **faint)
    if epochs:
        edges = [edge for ends in pairwise([0, *_ends(epochs)]) for edge in ends]
        levels = [each[key] for each in epochs for _ in range(2)]
        axes.plot(edges, levels, color=colour, linewidth=2, label=name)


def _draw_rate(axes: Any, entries: Entries) -> None:
    colour = css(class_colour(0))
    rates = [each["learning_rate"] for each in entries]
    axes.plot(_ends(entries), rates, color=colour, marker=_marker(entries), markersize=4)
    axes.set_ylim(0, 1.15 * max(rates) or 1)
    axes.set_title("learning rate", loc="left")


def _draw_scores(axes: Any, scores: Entries) -> None:
    best = max(scores, key=lambda each: each["map_voc07"])
    colour = css(class_colour(1))
    axes.plot(_ends(scores), [each["map_voc07"] for each in scores], color=colour, marker=_marker(scores))
    axes.plot(best["step"], best["map_voc07"], color=colour, marker="o", markersize=11, fillstyle="none")
    axes.set_ylim(0, min(1.05, max(0.1, 1.25 * best["map_voc07"])))
    axes.set_title(f"mAP (VOC 2007), best {best['map_voc07']:.3f} after epoch {best['epoch']}", loc="left")


def _mark_epochs(axes: Any, epochs: Entries) -> None:
    """Say above the panel which epoch ends where."""
    every = max(1, -(-len(epochs) // _MOST_EPOCHS))
    shown = epochs[every - 1 :: every]
    above = axes.secondary_xaxis("top")
    names = [str(each["epoch"]) for each in shown]
    above.set_xticks(_ends(shown), [f"epoch {name}" for name in names[:1]] + names[1:])
    above.tick_params(labelsize="small")
    above.spines[:].set_visible(False)


def _ends(entries: Entries) -> list[int]:
    """The step after which each was written."""
    return [each["step"] for each in entries]


def _marker(entries: Entries) -> str:
    """Points are marked, since a line of one alone would be unseen, until there are so many that they are a line."""
    return "o" if len(entries) <= _MOST_POINTS else ""
