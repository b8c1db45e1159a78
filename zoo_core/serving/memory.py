"""The memory that requests may take: who asks for more than there is left is refused, before anything is held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zoo_core.serving.refusals import too_busy

__all__ = ["Claim", "Memory"]


class Memory:
    """Counts the bytes that all requests hold; used by the event loop alone.

    Args:
        size: bytes that there are.
    """

    def __init__(self, size: int) -> None:
        self.left = size

    @contextmanager
    def claim(self) -> Iterator[Claim]:
        """What one request holds, until its answer is sent."""
        claim = Claim(self)
        try:
            yield claim
        finally:
            claim.release()


class Claim:
    """The bytes that one request holds."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._held = 0

    def add(self, size: int) -> None:
        """Hold more bytes.

        Raises:
            Refusal: so many are not left.
        """
        if size > self._memory.left:
            raise too_busy("service", "its memory is taken by other requests")
        self._memory.left -= size
        self._held += size

    def release(self) -> None:
        """Hold nothing any more."""
        self._memory.left += self._held
        self._held = 0
