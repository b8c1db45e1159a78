"""Connections that nobody can hold open for nothing: a client sends its request, and takes the answer, in time."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["connection"]


def connection(timeout: float) -> type[H11Protocol]:
    """The protocol of uvicorn, with a limit to what it has none for.

    Args:
        timeout: seconds for the head of a request, and for taking an answer of which no more can be buffered.
    """

    class Connection(H11Protocol):
        """A connection that ends when its client is too slow."""

        _for_head: asyncio.TimerHandle | None = None
        _for_answer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._for_head = self.loop.call_later(timeout, transport.abort)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                _cancel(self._for_head)
                self._for_head = None
            elif self._for_head is None:  # a part of the next request: further bytes give it no further time
                self._for_head = self.loop.call_later(timeout, self.transport.abort)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._for_answer = self.loop.call_later(timeout, self.transport.abort)

        def resume_writing(self) -> None:
            _cancel(self._for_answer)
            super().resume_writing()

        def connection_lost(self, exc: Exception | None) -> None:
            _cancel(self._for_head)
            _cancel(self._for_answer)
            super().connection_lost(exc)

    return Connection


def _cancel(limit: asyncio.TimerHandle | None) -> None:
    if limit is not None:
        limit.cancel()
