"""``zoo convert``: lets a run go on without MXNet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigOption, SetOption
from zoo_core.cli.output import print_line
from zoo_core.engines.converting import convert

__all__ = ["convert_run"]


def convert_run(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="A run folder, a .params file, or a name of `zoo list weights`.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="A new run folder, where RUN is a file of weights.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
) -> None:
    """Prepare a run, or weights of GluonCV, for PyTorch on machines without MXNet.

    Runs that were made before the engine torch lack the graph of their network; this adds it. New runs have it.
    """
    fetch_published(source)
    folder = convert(source, out, overrides, config)
    print_line(f"{folder}: runs and trains with zoo-core[torch] alone: zoo train CONFIG --weights {folder}")
