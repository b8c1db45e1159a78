"""A process on some node that works for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import ray
from ray.exceptions import OutOfMemoryError

from zoo_core.cluster.circumstances import Circumstances
from zoo_core.cluster.temporary import remove_temporary_files_at_end
from zoo_core.common.errors import ZooError
from zoo_core.common.messages import printable_message

__all__ = ["SHORT_OF_MEMORY", "RefusedError", "Worker", "in_words", "why_lost"]

SHORT_OF_MEMORY = "memory ran low on its node"
"""Why a worker was lost."""


class RefusedError(Exception):
    """A worker cannot do what it is told; as text, why. It can be sent, which errors with details cannot."""


class Worker:
    """What all workers can be asked, whatever they work on.

    Args:
        folder: the one where the command was given, from which names of files are meant.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    @ray.method(concurrency_group="answering")  # type: ignore[untyped-decorator]  # ray leaves it so
    def answer(self) -> tuple[str, int]:
        """The id of this node and the number of this process; while it computes, too."""
        return ray.get_runtime_context().get_node_id(), os.getpid()

    def _settle(self) -> None:
        """Read files as the command names them, and leave none behind."""
        with suppress(OSError):  # what is named from the folder is then not here, and that is told
            os.chdir(self._folder)
        remove_temporary_files_at_end()

    def prepare(self) -> Circumstances:
        """Open what is needed; what is here, to be compared.

        Raises:
            RefusedError: it is not here.
        """
        raise NotImplementedError


@contextmanager
def in_words() -> Iterator[None]:
    """Send errors of the zoo and of files on as their text, which Ray can send, with the address of this node."""
    try:
        yield
    except (ZooError, OSError) as error:
        raise RefusedError(printable_message(f"{ray.util.get_node_ip_address()}: {error}")) from None


def why_lost(error: object) -> str:
    """The reason, with which ends what Ray says of a worker; of memory it ends with how to set its limits."""
    if isinstance(error, OutOfMemoryError):
        return SHORT_OF_MEMORY
    return str(error).strip().rpartition("\n")[2]
