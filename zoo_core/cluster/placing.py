"""Where workers are started: on nodes that have room for them, and will do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ray
from ray._private import state  # it alone tells what is free on each node

from zoo_core.cluster.room import Resources, Room

__all__ = ["Placing"]

_NODE = "ray.io/node-id"
"""The label of a node that is its id."""


class Placing:
    """Starts workers on the nodes of the cluster to which this process is connected.

    Args:
        room: what each of them takes, and how many there are to be.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self._avoided: set[str] = set()

    @property
    def there(self) -> int:
        """For how many workers the nodes are enough, in use or not."""
        return self._count({each["NodeID"]: each["Resources"] for each in ray.nodes() if each["Alive"]})

    @property
    def free(self) -> int:
        """For how many more there is room that nobody uses."""
        return self._count(state.available_resources_per_node())

    def _count(self, nodes: dict[str, Resources]) -> int:
        return self.room.count(each for node, each in nodes.items() if node not in self._avoided)

    def avoid(self, node: str) -> None:
        """Start no worker on a node from now on; given is its id."""
        self._avoided.add(node)

    def start(self, kind: type[Any], groups: Sequence[str], work: Sequence[Any]) -> Any:
        """A new worker.

        Args:
            kind: its class, a subclass of `Worker`.
            groups: of methods that answer while others work, each group in a thread of its own.
            work: arguments with which it is made, after the folder of the command.
        """
        environment = {"OMP_NUM_THREADS": str(self.room.threads)}
        if not self.room.gpus:  # which Ray shows to all workers, so that they would share one
            environment["CUDA_VISIBLE_DEVICES"] = ""
        options = {
            "num_cpus": self.room.threads,
            "num_gpus": self.room.gpus,
            "scheduling_strategy": "SPREAD",
            # No spaces between ids: Ray would take them for a part.
            "label_selector": {_NODE: f"!in({','.join(sorted(self._avoided))})"} if self._avoided else None,
            "runtime_env": {"env_vars": environment},
        }
        made = ray.remote(concurrency_groups=dict.fromkeys(groups, 1))(kind)
        return made.options(**options).remote(str(Path.cwd()), *work)
