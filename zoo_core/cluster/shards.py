"""Work that is done in shards, each by one worker and once: what it is, and who does it."""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple, Protocol

from zoo_core.cluster.circumstances import Circumstances
from zoo_core.cluster.worker import RefusedError, Worker, in_words

__all__ = ["Found", "OpenedWork", "ShardWorker", "Work", "parts_of"]

_SIZE = 32
"""Pictures of a shard: what is lost with a worker, and held of it by the command."""


class Found(NamedTuple):
    """What was found in the pictures of a shard.

    Attributes:
        content: of its file.
        failures: what could not be read, in words.
    """

    content: bytes
    failures: tuple[str, ...] = ()


class OpenedWork(Protocol):
    """Work whose model and data are open."""

    @property
    def circumstances(self) -> Circumstances:
        """What is here, to be compared."""

    def state(self, part: range) -> str:
        """The digest of what is known of the pictures of a shard when none of them is read."""

    def shard(self, part: range) -> Found:
        """Do a shard.

        Args:
            part: indices of its pictures.
        """


class Work(Protocol):
    """What workers are told to do; it is pickled."""

    @property
    def settings(self) -> dict[str, Any]:
        """What is not seen by the circumstances, and decides what is found; as JSON has it."""

    def open(self) -> OpenedWork:
        """Open the model and the data.

        Raises:
            ZooError: they are not here.
        """


class ShardWorker(Worker):
    """Does one shard after the other.

    Args:
        folder: see `Worker`.
        work: pickled, since what unpickling needs may not be here.
    """

    def __init__(self, folder: str, work: bytes) -> None:
        super().__init__(folder)
        self._work = work
        self._opened: OpenedWork

    def prepare(self) -> Circumstances:
        """See `Worker.prepare`."""
        with in_words():
            self._settle()
            self._opened = _unpickled(self._work).open()
            return self._opened.circumstances

    def shard(self, part: range) -> Found:
        """See `OpenedWork.shard`.

        Raises:
            RefusedError: that is not possible, whoever does it.
        """
        with in_words():
            return self._opened.shard(part)


def _unpickled(work: bytes) -> Work:
    try:
        opened: Work = pickle.loads(work)  # noqa: S301 -- from the command, which may run anything here
    except (ImportError, AttributeError) as error:
        raise RefusedError(
            f"another zoo or other plugins are installed than where the command was given: {error}"
        ) from None
    return opened


def parts_of(count: int, batch: int) -> dict[int, range]:
    """The shards of so many pictures, by number.

    They end where batches end, for in other batches an engine may round otherwise.
    """
    size = batch * max(1, _SIZE // batch)
    return {number: range(first, min(first + size, count)) for number, first in enumerate(range(0, count, size))}
