"""The stages of each engine as bars, one upon the other."""

from __future__ import annotations

from pathlib import Path

from zoo_core.boxes.captions import drawable
from zoo_core.common.errors import DatasetError
from zoo_core.common.writing import replacing, writing
from zoo_core.engines.bench.report import BenchReport
from zoo_core.engines.bench.stages import STAGES

__all__ = ["write_chart"]

_COLOURS = ("#0072b2", "#56b4e9", "#e69f00", "#009e73")
"""Of Okabe and Ito: all eyes tell them apart."""


def write_chart(report: BenchReport, path: Path) -> None:
    """Draw where the time of one picture goes on each engine, with the median and the 95th percentile.

    Args:
        report: what was measured.
        path: a PNG.

    Raises:
        DatasetError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 2 + 0.7 * len(report.engines)), layout="constrained")
    axes = figure.subplots()
    for row, engine in enumerate(report.engines):
        begin = 0.0
        for stage, colour in zip(STAGES, _COLOURS, strict=True):
            width = engine.stages[stage]
            axes.barh(row, width, left=begin, color=colour, height=0.6, label=stage if row == 0 else None)
            begin += width
        axes.plot([engine.latency_p50, engine.latency_p95], [row, row], color="black", marker="|", markersize=12)
    axes.set_yticks(
        range(len(report.engines)), [f"{each.name}\n{each.throughput:.0f} images/s" for each in report.engines]
    )
    axes.invert_yaxis()
    axes.set_xlabel("milliseconds; the line goes from the whole's median to its 95th percentile")
    # A dollar would begin a formula.
    axes.set_title(drawable(f"{report.source}, picture {report.picture}"), loc="left", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(ncols=len(STAGES), frameon=False, loc="outside lower center")
    with writing(path, DatasetError), replacing(path) as fresh:
        figure.savefig(fresh, format="png", dpi=120)
