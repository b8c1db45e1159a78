"""The connection of a command to a cluster: with a token, unless it is said that none is wanted."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import ray
from ray._private import services  # it alone knows what of Ray runs on this machine
from ray._raylet import GcsClient  # type: ignore[attr-defined]  # it has no types
from ray.core.generated.gcs_pb2 import GcsNodeInfo
from ray.exceptions import AuthenticationError, ObjectStoreFullError, OutOfDiskError, RayError, RpcError

from zoo_core.cluster.last_word import with_last_word
from zoo_core.cluster.place import ClusterPlace
from zoo_core.common.errors import RunError, TrainingError
from zoo_core.common.interrupts import ENDING, Ended
from zoo_core.common.messages import listed

__all__ = ["connected"]

_NAMESPACE = "zoo"
_SECONDS = 10


@contextmanager
def connected(place: ClusterPlace) -> Iterator[None]:
    """A connection to a cluster.

    Raises:
        RunError: there is no such cluster, this machine is none of it, it asks for another token, or runs another
            version of Python or Ray.
    """
    usual = {each: signal.getsignal(each) for each in ENDING}
    with with_last_word():
        _connect(place, usual)
        try:
            with _ended_as(usual):
                yield
        except (ObjectStoreFullError, OutOfDiskError):
            raise TrainingError(
                "the object store of Ray, or the disk of its temporary files (/tmp/ray), is full on a node: make room "
                "there, or start Ray with a larger --object-store-memory; what is saved is kept, to go on from"
            ) from None
        except RayError as error:
            raise TrainingError(f"Ray fails: {_in_one_line(error)}; what is saved is kept, to go on from") from error
        except OSError as error:
            if error.errno is not None:  # Ray's own have none
                raise
            raise TrainingError(
                f"the head of the cluster, or the Ray of this machine, is gone ({_in_one_line(error)}); what is saved "
                "is kept, to go on from"
            ) from None
        finally:
            ray.shutdown()


def _connect(place: ClusterPlace, usual: Mapping[signal.Signals, Any]) -> None:
    try:
        address = _found_here() if place.address == "auto" else place.address
        with _without_warnings():
            _require_node_here(_head(address))
        ray.init(
            address, namespace=_NAMESPACE, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False
        )
    except (OSError, ValueError, RuntimeError, RayError) as error:
        raise RunError(f"no cluster can be reached at {place.address!r}: {_reason(error, place)}") from None
    finally:
        _handle(usual)


@contextmanager
def _ended_as(usual: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Let signals end the program as they do elsewhere; while Ray waits, it makes an exit of its own of theirs."""
    came: list[int] = []

    def noted(number: int, frame: FrameType | None) -> None:
        came.append(number)
        usual[signal.Signals(number)](number, frame)

    _handle({each: noted for each, handler in usual.items() if callable(handler)})
    try:
        yield
    except SystemExit:
        if came:
            raise Ended(came[-1]) from None
        raise
    finally:
        _handle(usual)


def _handle(handlers: Mapping[signal.Signals, Any]) -> None:
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _found_here() -> str:
    """The head of the cluster to which this machine belongs, whatever `RAY_ADDRESS` says."""
    services.find_gcs_addresses.cache_clear()
    found = sorted(services.find_gcs_addresses())
    if not found:
        raise RuntimeError("Ray does not run on this machine; to start it: zoo cluster start")
    if found[1:]:
        raise RuntimeError(f"several clusters run on this machine; name the head of one: {listed(found)}")
    return str(found[0])


def _head(address: str) -> Any:
    """Ray itself would try for minutes to reach what is not there, or has another token."""
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS).close()
    return GcsClient(address=address)


def _require_node_here(head: Any) -> None:
    """Ray itself would look for a minute, and not say what is wrong."""
    until = time.monotonic() + _SECONDS  # a node that has just been started is not known at once
    while True:
        found = head.get_all_node_info(timeout=_SECONDS, state_filter=GcsNodeInfo.GcsNodeState.ALIVE).values()
        if not services.find_node_ids().isdisjoint(each.node_id.hex() for each in found):
            return
        if time.monotonic() > until:
            break
        time.sleep(1)
    machines = listed(sorted({each.node_manager_address for each in found}))
    raise RuntimeError(
        f"this machine is not one of the cluster's, which are {machines}: give the command on one of them, or start "
        "Ray here as zoo cluster start says it"
    )


def _reason(error: Exception, place: ClusterPlace) -> str:
    if isinstance(error, AuthenticationError):
        return "it has a token: leave out --insecure" if place.insecure else "it has another token than is here"
    if isinstance(error, RpcError):
        return "what listens there is not the head of a cluster, whose port is 6379 by zoo cluster start"
    if isinstance(error, OSError | UnicodeError):  # of a name, it cannot be one of a machine
        return f"{error}; it should be HOST:PORT of its head, or auto; to start one: zoo cluster start"
    return _in_one_line(error)


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Leave to us what Ray's library in C++ prints in its own way."""
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)
