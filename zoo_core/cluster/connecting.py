"""The connection of a command to a cluster: with a token, unless it is said that none is wanted."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import ray
from ray.exceptions import RayError

from zoo_core.cluster.place import ClusterPlace
from zoo_core.common.errors import RunError

__all__ = ["connected"]

_NAMESPACE = "zoo"
_SECONDS = 10


@contextmanager
def connected(place: ClusterPlace) -> Iterator[None]:
    """A connection to a cluster.

    Raises:
        RunError: there is no such cluster, it asks for another token, or runs another version of Python or Ray.
    """
    _require_listener(place)
    try:
        with _own_signals():
            ray.init(
                place.address,
                namespace=_NAMESPACE,
                log_to_driver=False,
                logging_level=logging.ERROR,
                configure_logging=False,
            )
    except (ConnectionError, ValueError, RuntimeError, TimeoutError, RayError) as error:
        reason = " ".join(str(error).split())
        token = "" if place.insecure else " with the token that is here"
        raise RunError(
            f"no cluster can be reached at {place.address!r}{token}: {reason}; start one: zoo cluster start"
        ) from None
    try:
        yield
    finally:
        ray.shutdown()


def _require_listener(place: ClusterPlace) -> None:
    """Ray would try for minutes to reach what is not there."""
    if place.head is None:
        return
    try:
        socket.create_connection(place.head, timeout=_SECONDS).close()
    except (OSError, ValueError) as error:
        raise RunError(
            f"no cluster can be reached at {place.address!r}: {error}; it should be HOST:PORT of its head, or auto; "
            "to start one: zoo cluster start"
        ) from None


@contextmanager
def _own_signals() -> Iterator[None]:
    """Let a termination do what it did before; Ray would have it end the program in its own way."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
