"""The curves of a training as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zoo_core.common.writing import replacing
from zoo_core.training.log import logged

__all__ = ["write_curves"]

_SIZE = (11.0, 7.0)


def write_curves(log: Path, picture: Path) -> None:
    """Draw loss, learning rate, score and speed over the steps.

    Args:
        log: what a `TrainingLog` wrote.
        picture: a PNG, which is replaced.

    Raises:
        OSError: it cannot be written.
    """
    from matplotlib.figure import Figure

    entries = list(logged(log))
    figure = Figure(figsize=_SIZE, layout="constrained")
    (loss, score), (rate, speed) = figure.subplots(2, 2)
    fine = [each for each in entries if each["kind"] == "steps"]
    epochs = [each for each in entries if each["kind"] == "epoch"]
    scores = [each for each in entries if each["kind"] == "score"]
    for key, name, colour in (
        ("loss", "all", "tab:blue"),
        ("class_loss", "classes", "tab:orange"),
        ("box_loss", "boxes", "tab:green"),
    ):
        _curve(loss, fine, key, color=colour, alpha=0.35, linewidth=0.8, marker=".", markersize=2)
        _curve(loss, epochs, key, color=colour, label=name, marker=".")
    loss.set_yscale("log")
    loss.legend()
    _curve(score, scores, "map_voc07", color="tab:red", marker="o")
    score.set_ylim(0, 1)
    if not scores:
        score.text(0.5, 0.5, "training.score_every is not set", ha="center", transform=score.transAxes)
    rates = sorted(fine + epochs, key=lambda each: each["step"])
    # With points, since a line of one alone would be unseen.
    _curve(rate, rates, "learning_rate", color="tab:purple", marker=".", markersize=4)
    _curve(speed, epochs, "images_per_second", color="tab:brown", marker=".")
    speed.set_ylim(bottom=0)
    titles = {
        loss: "loss",
        score: "mAP (VOC 2007) on the validation images",
        rate: "learning rate",
        speed: "images per second",
    }
    for axes, title in titles.items():
        axes.set_title(title, loc="left")
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
    with replacing(picture) as fresh:
        figure.savefig(fresh, dpi=110, format="png")


def _curve(axes: Any, entries: list[dict[str, Any]], key: str, **style: Any) -> None:
    points = [(each["step"], each[key]) for each in entries if each[key] is not None]
    axes.plot([step for step, _ in points], [value for _, value in points], **style)
