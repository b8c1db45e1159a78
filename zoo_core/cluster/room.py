"""How many workers have room on the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from zoo_core.common.errors import ConfigError, Problem
from zoo_core.common.messages import counted

__all__ = ["Resources", "Room", "gpus_for"]

Resources = Mapping[str, float]
"""CPUs and GPUs of a node, by Ray's names."""


@dataclass(frozen=True)
class Room:
    """How many workers there are to be, and what each of them takes.

    Attributes:
        fewest: with which the work goes on.
        most: likewise.
        threads: of a worker, each a CPU.
        gpus: of a worker.
        powers_of_two: whether there are always 1, 2, 4 ... of them.
    """

    fewest: int
    most: int
    threads: int = 1
    gpus: int = 0
    powers_of_two: bool = True

    @property
    def each(self) -> str:
        """What a worker takes, in words."""
        cpus = counted(self.threads, "CPU")
        return f"{cpus} and {counted(self.gpus, 'GPU')}" if self.gpus else cpus

    def size(self, free: int) -> int:
        """The largest number for which there is room; 0 where it is below the fewest."""
        size = min(self.most, free)
        if self.powers_of_two:
            size = 1 << max(0, size.bit_length() - 1)
        return size if self.fewest <= size <= free else 0

    def at_most(self, number: int) -> Room:
        """The same for no more workers than that."""
        return replace(self, fewest=min(self.fewest, number), most=min(self.most, number))

    def count(self, nodes: Iterable[Resources]) -> int:
        """For how many workers nodes are enough, each of which is on one of them."""
        return sum(self._count_on(each) for each in nodes)

    def _count_on(self, node: Resources) -> int:
        counts = [int(node.get("CPU", 0)) // self.threads]
        if self.gpus:
            counts.append(int(node.get("GPU", 0)) // self.gpus)
        return min(counts)


def gpus_for(device: str) -> int:
    """How many GPUs a worker takes that computes on a device of a configuration; none for ``auto``.

    Raises:
        ConfigError: it is one of several, or several.
    """
    if "," in device or device.startswith("gpu:"):
        message = f"{device!r}: each worker computes on one device, and sees no GPU but its own; set cpu or gpu"
        raise ConfigError("configuration", [Problem("device", message)])
    return int(device == "gpu")
