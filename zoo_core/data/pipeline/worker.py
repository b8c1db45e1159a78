"""A process that does pieces of work for another one, which asks for them by their numbers.

It ends when the other one does, in whatever way: then there is nobody to read from any more.
"""

from __future__ import annotations

import faulthandler
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import cv2

from zoo_core.data.pipeline.shared_pickle import read_shared, write_shared
from zoo_core.parts.guarding import reason_of

__all__ = ["LONGEST", "NUMBER", "READY", "serve"]

NUMBER = struct.Struct("q")
"""How the number of a piece of work is sent."""
LONGEST = 4096
"""Bytes of a message at most; what may be larger lies in memory that is sent along."""
READY = b"ready"


def serve(own: int, common: int) -> None:
    """Do what is asked for until nobody can ask any more.

    Args:
        own: descriptor of a socket. Its first message brings the function that does the work. Answers go there: each
            has the number, and shared memory with the result or, without memory, why there is none.
        common: of the socket from which all such processes take numbers, each when it has nothing else to do.
    """
    faulthandler.enable()
    cv2.setNumThreads(1)  # each core has a process of its own
    with socket.socket(fileno=own) as channel, socket.socket(fileno=common) as numbers, suppress(ConnectionError):
        try:
            work = _received(channel)
        except Exception as error:  # noqa: BLE001 -- whatever a stranger's classes do when they are made again
            channel.send(_why(error))
            return
        channel.send(READY)
        while asked := numbers.recv(NUMBER.size):
            _answer(channel, work, asked)


def _received(channel: socket.socket) -> Callable[[int], Any]:
    _, (memory,), _, _ = socket.recv_fds(channel, LONGEST, 1)
    work: Callable[[int], Any] = read_shared(memory)
    return work


def _answer(channel: socket.socket, work: Callable[[int], Any], asked: bytes) -> None:
    try:
        memory = write_shared(work(*NUMBER.unpack(asked)))
    except Exception as error:  # noqa: BLE001 -- told to whom it concerns
        channel.send(asked + _why(error))
        return
    try:
        socket.send_fds(channel, [asked], [memory])
    finally:
        os.close(memory)


def _why(error: Exception) -> bytes:
    return reason_of(error).encode(errors="replace")[: LONGEST - NUMBER.size]
