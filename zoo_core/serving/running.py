"""From a socket to a service that runs until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from zoo_core.common.errors import ArgumentError, RunError
from zoo_core.common.interrupts import Ended
from zoo_core.serving.connections import connection
from zoo_core.serving.limits import Limits

__all__ = ["address_of", "check_access", "is_local", "listening", "serve"]

_ASIDE = 3.0
"""Seconds beyond the time limit in which a stop waits for answers."""


def listening(host: str, port: int) -> socket.socket:
    """A socket at an address, taken before anything heavy is loaded.

    Args:
        host: name or number of the address.
        port: 0 for any that is free.

    Raises:
        RunError: it cannot be had, as when another program has it.
    """
    opened = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family, kind, protocol)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
    except (OSError, UnicodeError) as error:
        if opened is not None:
            opened.close()
        why = getattr(error, "strerror", None) or "it is not the name of an address"
        raise RunError(f"cannot serve at {host} port {port}: {why}; see --host and --port") from None
    return opened


def check_access(host: str, token: str | None, *, everybody: bool) -> None:
    """Nothing, unless others could come in without anybody having said so.

    Raises:
        ArgumentError: neither a token nor leave is given for an address that others reach.
    """
    if token is not None and (not token.isascii() or not token.isprintable() or " " in token or not token):
        raise ArgumentError("--token: should be a word of ASCII letters, digits and signs")
    if not (is_local(host) or token or everybody):
        raise ArgumentError(
            f"--host: others reach {host}; give a --token that clients must send, or --open to serve everybody"
        )


def is_local(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address_of(opened: socket.socket) -> str:
    """The address of a service for a browser."""
    host, port, *_ = opened.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, opened: socket.socket, limits: Limits, ready: Callable[[], None] = lambda: None) -> None:
    """Answer requests until Ctrl-C or a termination, then those that have been taken, and return.

    Args:
        app: the application.
        opened: a socket that is bound.
        limits: of the service.
        ready: called when requests are taken.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it would tell of every client that says nonsense
    config = uvicorn.Config(
        app,
        http=connection(limits.timeout),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=max(1, round(limits.timeout)),
        timeout_graceful_shutdown=round(2 * limits.timeout + _ASIDE),
    )
    server = _Server(config, ready)
    try:
        server.run([opened])
    except (KeyboardInterrupt, Ended):
        if not server.stopped:
            raise


class _Server(uvicorn.Server):
    """Says when it takes requests, and knows whether it came to its end."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.stopped = False
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self.stopped = not self.force_exit
