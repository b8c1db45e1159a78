"""The connection of a command to a cluster: with a token, unless it is said that none is wanted."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from zoo_core.cluster.place import ClusterPlace
from zoo_core.common.errors import RunError

__all__ = ["connected"]

_NAMESPACE = "zoo"
_SECONDS = 10


@contextmanager
def connected(place: ClusterPlace) -> Iterator[None]:
    """A connection to a cluster.

    Raises:
        RunError: there is no such cluster, or it asks for another token.
    """
    address = place.address
    _require_listener(address)
    try:
        ray.init(
            address, namespace=_NAMESPACE, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False
        )
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        reason = str(error).strip().partition("\n")[0]
        token = "" if place.insecure else " with the token that is here"
        raise RunError(
            f"no cluster can be reached at {address!r}{token}: {reason}; start one: zoo cluster start"
        ) from None
    try:
        yield
    finally:
        ray.shutdown()


def _require_listener(address: str) -> None:
    """Ray would try for minutes to reach what is not there."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_SECONDS).close()
    except (OSError, ValueError) as error:
        raise RunError(
            f"no cluster can be reached at {address!r}: {error}; it should be HOST:PORT of its head, or auto; "
            "to start one: zoo cluster start"
        ) from None
