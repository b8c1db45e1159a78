"""The end of a worker, even of one that is frozen and cannot end itself."""

from __future__ import annotations

import os
import signal
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

__all__ = ["end_worker"]


def end_worker(worker: Any, place: tuple[str, int] | None) -> None:
    """End a worker.

    Args:
        worker: an actor.
        place: the id of its node and the number of its process; None where they are not known.
    """
    ray.kill(worker)
    if place:
        node, process = place
        strategy = NodeAffinitySchedulingStrategy(node, soft=False)
        _killed.options(scheduling_strategy=strategy).remote(process)


@ray.remote(num_cpus=0)  # type: ignore[untyped-decorator]  # ray leaves it so
def _killed(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
