"""A process on some node that works for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from zoo_core.cluster.circumstances import Circumstances
from zoo_core.common.errors import ZooError

__all__ = ["RefusedError", "Worker", "in_words"]


class RefusedError(Exception):
    """A worker cannot do what it is told; as text, why. It can be sent, which errors with details cannot."""


class Worker:
    """What all workers can be asked, whatever they work on."""

    @ray.method(concurrency_group="answering")  # type: ignore[untyped-decorator]  # ray leaves it so
    def answer(self) -> tuple[str, int]:
        """The id of this node and the number of this process; while it computes, too."""
        return ray.get_runtime_context().get_node_id(), os.getpid()

    def prepare(self) -> Circumstances:
        """Open what is needed; what is here, to be compared.

        Raises:
            RefusedError: it is not here.
        """
        raise NotImplementedError


@contextmanager
def in_words() -> Iterator[None]:
    """Send errors of the zoo on as their text."""
    try:
        yield
    except ZooError as error:
        raise RefusedError(str(error)) from None
