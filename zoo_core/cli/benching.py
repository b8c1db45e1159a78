"""``zoo bench``: what a detector costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigOption, JsonOption, SetOption, offering
from zoo_core.cli.output import print_heading, print_json, print_line, print_table
from zoo_core.cli.progress import WorkProgress
from zoo_core.common.errors import DatasetError
from zoo_core.common.files import as_path
from zoo_core.common.messages import counted
from zoo_core.common.writing import check_writable
from zoo_core.engines.bench.chart import write_chart
from zoo_core.engines.bench.report import BenchReport
from zoo_core.engines.bench.running import bench

__all__ = ["bench_run"]


def bench_run(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run folder, a .params or .onnx file, a name of `zoo list weights`; or a CONFIG, for new weights.",
            show_default=False,
            autocompletion=offering("measured"),
        ),
    ],
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An image; by default a synthetic one of 375x500 pixels.")
    ] = None,
    batch: Annotated[int, typer.Option(help="Batch size for the throughput.", min=1)] = 8,
    rounds: Annotated[int, typer.Option(help="How many times each latency is measured.", min=2)] = 30,
    engines: Annotated[
        list[str] | None,
        typer.Option(
            "--engine",
            metavar="ENGINE",
            help="Measure this engine only: mxnet, torch, onnxruntime or openvino; may be given several times.",
            show_default=False,
            autocompletion=offering("measured_engines"),
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(help="Threads of each engine; by default one on each core.", min=1, show_default=False),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="A data set on whose validation images each engine is scored.",
            show_default=False,
        ),
    ] = None,
    int8: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA",
            help="A data set to calibrate int8 with; by default that of --data, or the detector's own.",
            show_default=False,
        ),
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw where the time goes.")] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a detector's time, memory and operations on each engine.

    The time is that from an image file to boxes, and is split into stages. Each engine runs in a process of its own,
    and they take turns. A run or a name is measured on MXNet, on PyTorch and, exported for them, on ONNX Runtime and
    OpenVINO, in each precision that there is here; an exported file as it is.
    """
    if plot is not None:
        plot = as_path(plot)
        check_writable(plot, DatasetError, [".png"])
    fetch_published(run)
    with WorkProgress() as progress:
        report = bench(
            run,
            overrides=overrides or (),
            config=config,
            engines=engines or (),
            picture=picture,
            batch=batch,
            rounds=rounds,
            threads=threads,
            int8=int8,
            data=data,
            progress=progress.measured,
        )
    if plot is not None:
        write_chart(report, plot)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report, plot)


def _print_report(report: BenchReport, plot: Path | None) -> None:
    threads = counted(report.threads, "thread")
    print_heading(f"{report.source}, a picture of {report.picture}, {threads} on {report.machine}")
    print_table(report.rows(), report.columns, indent=2)
    for engine, reason in report.left_out.items():
        print_line(f"  {engine}: left out: {reason}")
    if plot is not None:
        print_line(f"  {plot}")
