"""Before every route: who may come in, how long it took, and an answer whatever happens."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zoo_core.serving.metrics import Metrics
from zoo_core.serving.refusals import Fault, Refusal

__all__ = ["Gate"]

_PUBLIC = {"/", "/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"}
"""What needs no token: the page, which asks for it, and what orchestrators ask for."""
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}


class Gate:
    """Lets in who knows the token, counts requests, and answers for whatever fails behind it.

    Args:
        app: what is behind it.
        metrics: where requests are counted.
        token: that a client must send; None where everybody may come in.
        say: called with a line about an unexpected failure.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, token: str | None, say: Callable[[str], None]) -> None:
        self._app = app
        self._metrics = metrics
        self._token = token
        self._say = say

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; one for a head as that for the whole, of which the server leaves out the body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, method = time.perf_counter(), 0, scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_SAFE]
            await send(message)

        try:
            self._check_token(scope)
            await self._app(scope, receive, note)
        except Refusal as refusal:
            await refusal.answer(scope, receive, note)
        except Exception as error:  # noqa: BLE001 -- the last net: a client is answered, and the service goes on
            self._say(f"{method} {scope['path']}: {type(error).__name__}: {error}")
            if not status:
                fault = Fault(place="service", fault="failed, which is its own fault; it has noted why")
                await Refusal(500, fault).answer(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            known = method if method in _METHODS else "other"
            self._metrics.request(route, known, status, time.perf_counter() - began)

    def _check_token(self, scope: Scope) -> None:
        if self._token is None or scope["path"] in _PUBLIC:
            return
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), self._token.encode())  # takes the same time for any other
        if not right or scheme.lower() != "bearer":
            fault = Fault(place="Authorization", fault="is not the token of this service", allowed="Bearer TOKEN")
            raise Refusal(401, fault, headers={"WWW-Authenticate": "Bearer", "Connection": "close"})
