"""How long each engine takes, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoo_core.boxes.lettering import lettering
from zoo_core.common.colours import class_colour, css, text_colour
from zoo_core.common.errors import DatasetError
from zoo_core.common.writing import replacing, writing
from zoo_core.engines.bench.report import BenchReport, EngineReport
from zoo_core.engines.bench.stages import STAGES

__all__ = ["write_chart"]

_WIDE = 10
"""A largest time that is so many times the least is better seen on a logarithmic scale."""
_LABELLED = 0.07
"""A smaller part of a bar has no room for its number."""


def write_chart(report: BenchReport, path: Path) -> None:
    """Draw how long one picture takes on each engine, from the median to the 95th percentile, for what, and its memory.

    Args:
        report: what was measured.
        path: a PNG.

    Raises:
        DatasetError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 2 + 0.7 * len(report.engines)), layout="constrained")
    whole, parts, memory = figure.subplots(1, 3, sharey=True, width_ratios=(4, 4, 2))
    _draw_latencies(whole, report.engines)
    _draw_stages(parts, report.engines)
    _draw_memory(memory, report.engines)
    names = [_in_words(each) for each in report.engines]
    whole.set_yticks(range(len(names)), names)
    whole.set_ylim(len(names) - 0.4, -0.6)
    for axes in (whole, parts, memory):
        axes.spines[["top", "right"]].set_visible(False)
    title = lettering(f"{report.source}, picture {report.picture}")
    # A dollar would begin a formula.
    figure.suptitle(title.text, font=title.font, fontsize="large", x=0.01, ha="left", parse_math=False)
    figure.legend(ncols=len(STAGES), frameon=False, loc="outside lower right")
    with writing(path, DatasetError), replacing(path) as fresh:
        figure.savefig(fresh, format="png", dpi=120)


def _draw_latencies(axes: Any, engines: Sequence[EngineReport]) -> None:
    """Medians as points, with a line to the 95th percentile; however far apart they are, each can be read."""
    least, most = min(each.latency_p50 for each in engines), max(each.latency_p95 for each in engines)
    if most > _WIDE * least:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlim(least / 2, most * (most / least) ** 0.4)  # with room for the numbers of the slowest
    else:
        axes.set_xlim(0, 1.4 * most)
    for row, engine in enumerate(engines):
        ends = [engine.latency_p50, engine.latency_p95]
        axes.plot(ends, [row, row], color="black", linewidth=1.5, marker="|", markersize=11, markevery=[1])
        axes.plot(ends[0], row, color="black", marker="o", markersize=7)
        words = f"{_short(ends[0])} to {_short(ends[1])} ms"
        axes.annotate(words, (ends[0], row), (0, 9), textcoords="offset points", fontsize="small")
    axes.grid(axis="x", alpha=0.3)
    axes.set_title("from an image file to its boxes", loc="left", fontsize="medium")
    axes.set_xlabel("milliseconds, from the median to the 95th percentile")


def _draw_stages(axes: Any, engines: Sequence[EngineReport]) -> None:
    """Which part of the time each stage takes, with its milliseconds."""
    for row, engine in enumerate(engines):
        whole, begin = sum(engine.stages[stage] for stage in STAGES) or 1.0, 0.0
        for number, stage in enumerate(STAGES):
            share, colour = engine.stages[stage] / whole, class_colour(number)
            axes.barh(row, share, left=begin, color=css(colour), height=0.55, label=None if row else stage)
            if share >= _LABELLED:
                ink, words = css(text_colour(colour)), _short(engine.stages[stage])
                axes.text(begin + share / 2, row, words, color=ink, ha="center", va="center", fontsize="small")
            begin += share
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.tick_params(axis="y", left=False, labelleft=False)
    axes.set_title("for what, in milliseconds", loc="left", fontsize="medium")
    axes.set_xlabel("share of the stages")


def _draw_memory(axes: Any, engines: Sequence[EngineReport]) -> None:
    """The most that a process held, after batches."""
    most = max(each.memory_of_batch for each in engines)
    for row, engine in enumerate(engines):
        axes.barh(row, engine.memory_of_batch, color="gray", height=0.55)
        axes.annotate(
            f"{engine.memory_of_batch:,.0f}",
            (engine.memory_of_batch, row),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
        )
    axes.set_xlim(0, 1.35 * most)
    axes.locator_params(axis="x", nbins=3)
    axes.tick_params(axis="y", left=False, labelleft=False)
    axes.set_title("memory", loc="left", fontsize="medium")
    axes.set_xlabel("MB of its process")


def _in_words(engine: EngineReport) -> str:
    score = "" if engine.score is None else f", mAP {100 * engine.score:.1f}"
    return f"{engine.engine} {engine.precision}\n{engine.throughput:,.0f} images/s{score}"


def _short(milliseconds: float) -> str:
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.3g}"
