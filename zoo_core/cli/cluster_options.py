"""Options of commands that can work on a cluster, and where they then train."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer

from zoo_core.cli.output import print_line
from zoo_core.common.optional_packages import needing
from zoo_core.training.running import MakeLoop, training_loop

__all__ = ["ClusterOption", "InsecureOption", "ThreadsOption", "WorkersOption", "training_place"]

ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Compute on a Ray cluster: HOST:PORT of its head, or auto for the one that runs on this machine.",
        show_default=False,
    ),
]
WorkersOption = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Workers on the cluster, a power of two that is at most training.parts; 2:4 for as many as there is room "
        "for. By default as many as there are parts.",
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


@contextmanager
def training_place(cluster: str | None, workers: str | None, threads: int | None, insecure: bool) -> Iterator[MakeLoop]:
    """What makes the loop of a training: in this process, or on a cluster as long as this lasts."""
    if cluster is None:
        if workers or threads or insecure:
            raise typer.BadParameter("--workers, --threads and --insecure belong to --cluster ADDRESS")
        yield training_loop
        return
    limits = _limits(workers) if workers else None
    with needing(), ExitStack() as stack:
        from zoo_core.cluster.connecting import connected
        from zoo_core.cluster.training import on_workers

        stack.enter_context(connected(cluster, insecure))
        yield stack.enter_context(on_workers(limits, threads or 1, _say))


def _limits(workers: str) -> tuple[int, int]:
    """The fewest and the most workers."""
    fewest, _, most = workers.partition(":")
    try:
        numbers = int(fewest), int(most or fewest)
    except ValueError:
        numbers = (0, 0)
    if not 0 < numbers[0] <= numbers[1] or any(each & (each - 1) for each in numbers):
        raise typer.BadParameter(f"--workers should be a power of two, as 4, or two of them, as 2:4; given {workers!r}")
    return numbers


def _say(message: str) -> None:
    print_line(f"zoo: {message}", error=True)
