"""Options of commands that can work on a cluster."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["ClusterOption", "Format", "InsecureOption", "PartWorkersOption", "ThreadsOption", "WorkersOption"]


class Format(StrEnum):
    """Formats of the files of shards."""

    JSONL = "jsonl"
    PARQUET = "parquet"


ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Compute on a Ray cluster: HOST:PORT of its head, or auto for the one that runs on this machine.",
        show_default=False,
    ),
]
PartWorkersOption = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Workers on the cluster, a power of two that is at most training.parts; 2:4 for as many as there is room "
        "for. By default as many as there are parts.",
        show_default=False,
    ),
]
WorkersOption = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Workers on the cluster, each with --threads CPUs, 1 by default; 2:4 for as many as there is room for. By "
        "default the whole cluster.",
        show_default=False,
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Threads, each a CPU, of a worker; 1 by default.", show_default=False),
]
InsecureOption = Annotated[
    bool, typer.Option("--insecure", help="Connect without a token, to a cluster that asks for none.")
]
