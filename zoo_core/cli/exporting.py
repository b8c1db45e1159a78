"""``zoo export``: writes a trained detector to a file that needs no MXNet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo_core.cli.engines import with_engine
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigOption, JsonOption, NetworkEngineOption, RunArgument, SetOption
from zoo_core.cli.output import print_json, print_line, print_table
from zoo_core.cli.progress import WorkProgress
from zoo_core.engines.exporting import export as export_detector
from zoo_core.engines.onnx.report import ExportReport
from zoo_core.parts.geometry import ImageSize

__all__ = ["export"]


def export(
    run: RunArgument,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write: model.onnx.", show_default=False)],
    raw: Annotated[bool, typer.Option("--raw", help="Leave out decoding and non-maximum suppression.")] = False,
    picture: Annotated[
        ImageSize | None,
        typer.Option(
            "--input",
            metavar="HxW",
            parser=ImageSize.parse,
            help="Fix the size of all pictures.",
            show_default=False,
        ),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="The folder of a data set on which both are scored.", show_default=False),
    ] = None,
    int8: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="Quantise to int8, calibrated with this folder.", show_default=False),
    ] = None,
    limit: Annotated[float, typer.Option(metavar="POINTS", help="Points of mAP, of 100, that int8 may lose.")] = 1.0,
    force: Annotated[bool, typer.Option("--force", help="Write the file even if int8 loses more.")] = False,
    engine: NetworkEngineOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export a trained detector to one ONNX file, and verify it.

    The file gives boxes; running it needs ONNX Runtime alone. It takes pictures of every size, or of the network's
    size where ONNX cannot resize them as the detector does. It is held to the detector itself on pictures of
    its data set and on drawn ones; when it differs, the exit code is 1 and no file is left.
    """
    fetch_published(run)
    with WorkProgress() as progress:
        report = export_detector(
            run,
            path,
            with_engine(engine, overrides),
            config,
            raw=raw,
            picture_size=picture,
            verify=verify,
            int8=int8,
            limit=limit,
            force=force,
            progress=progress.scored,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        print_line(str(report))
        _print_scores(report)


def _print_scores(report: ExportReport) -> None:
    """The score and the time of each engine that can run it here."""
    rows = [
        (each.engine, each.precision, f"{100 * each.score:.2f}", f"{each.milliseconds:.1f}") for each in report.scores
    ]
    if rows:
        print_table(rows, ("engine", "precision", "mAP", "ms an image"), indent=2)
