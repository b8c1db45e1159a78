"""Connections that nobody can hold open for nothing: a client sends its request, and takes the answer, in time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from zoo_core.common.messages import one_line
from zoo_core.serving.refusals import CLOSE, Fault, Refusal, too_busy

__all__ = ["connection"]

_MOST = 1000
"""Connections at a time."""


def connection(timeout: float, most: int = _MOST) -> type[H11Protocol]:
    """The protocol of uvicorn, with a limit to what it has none for, and with answers as all others.

    Args:
        timeout: seconds for the head of a request, for taking an answer of which no more can be buffered, and for
            sending the rest of a body that is refused.
        most: connections at a time; what comes on further ones is refused, to be sent again later.
    """
    return type("Connection", (_Connection,), {"timeout": timeout, "most": most})


class _Connection(H11Protocol):
    """A connection that ends when its client is too slow; see `connection`."""

    timeout: float
    most: int

    _for_head: asyncio.TimerHandle | None = None
    _for_answer: asyncio.TimerHandle | None = None
    _for_rest: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = _Ending(transport, self._close)  # type: ignore[assignment]
        self._socket = transport
        self._for_head = self.loop.call_later(self.timeout, transport.abort)
        if len(self.connections) > self.most:
            refusal = too_busy("service", f"its {self.most} connections are taken")
            refusal.headers |= CLOSE
            self.app = refusal.answer

    def _close(self) -> None:
        """Close the connection; not before a client that still sends has taken its answer, which it would lose."""
        is_sending = self.conn.their_state in (h11.SEND_BODY, h11.ERROR) and not self._socket.is_closing()
        if is_sending and self._for_rest is None:
            self._for_rest = self.loop.call_later(self.timeout, self._socket.close)
            self._socket.write_eof()
            self.flow.resume_reading()
        else:
            self._socket.close()

    def data_received(self, data: bytes) -> None:
        if self._for_rest is not None:
            return
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            _cancel(self._for_head)
            self._for_head = None
        elif self._for_head is None:  # a part of the next request: further bytes give it no further time
            self._for_head = self.loop.call_later(self.timeout, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, unless that stands behind the head of a request that is answered already."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        error = sys.exc_info()[1]
        status = HTTPStatus(getattr(error, "error_status_hint", HTTPStatus.BAD_REQUEST))
        fault = Fault(place="request", fault=f"is not HTTP that can be read: {one_line(str(error or msg))}")
        answer = Refusal(status, fault, headers=CLOSE).answer
        head = h11.Response(status_code=status, headers=answer.raw_headers, reason=status.phrase.encode())
        for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event))
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._for_answer = self.loop.call_later(self.timeout, self.transport.abort)

    def resume_writing(self) -> None:
        _cancel(self._for_answer)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._for_head)
        _cancel(self._for_answer)
        _cancel(self._for_rest)
        super().connection_lost(exc)


def _cancel(limit: asyncio.TimerHandle | None) -> None:
    if limit is not None:
        limit.cancel()


class _Ending:
    """A transport that is closed in another way.

    Args:
        transport: that does everything else.
        close: what closes it.
    """

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self.close = close

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
