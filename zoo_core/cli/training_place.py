"""Where a training computes: in this process, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import typer

from zoo_core.cli.output import print_line
from zoo_core.common.optional_packages import needing
from zoo_core.training.running import MakeLoop, training_loop

__all__ = ["training_place"]


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
