"""Where a training computes: in this process, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from zoo_core.cli.cluster_place import cluster_place, say
from zoo_core.common.optional_packages import needing
from zoo_core.training.running import MakeLoop, training_loop

__all__ = ["training_place"]


@contextmanager
def training_place(cluster: str | None, workers: str | None, threads: int | None, insecure: bool) -> Iterator[MakeLoop]:
    """What makes the loop of a training: in this process, or on a cluster as long as this lasts."""
    place = cluster_place(cluster, insecure, threads, workers, powers_of_two=True)
    if place is None:
        yield training_loop
        return
    with needing(), ExitStack() as stack:
        from zoo_core.cluster.connecting import connected
        from zoo_core.cluster.training import on_workers

        stack.enter_context(connected(place))
        yield stack.enter_context(on_workers(place.limits, place.threads or 1, say))
