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
LONGEST = 1 << 16
"""Bytes of a message at most; what is larger lies in memory that is sent along."""
READY = b"ready"


def serve(descriptor: int) -> None:
    """Do what is asked for over a socket until nobody can ask any more.

    The first message brings the function that does the work. Each answer is a message with shared memory, in which
    the result is, or without, and then says why there is none.
    """
    faulthandler.enable()
    cv2.setNumThreads(1)  # each core has a process of its own
    with socket.socket(fileno=descriptor) as channel, suppress(ConnectionError):
        try:
            work = _received(channel)
        except Exception as error:  # noqa: BLE001 -- whatever a stranger's classes do when they are made again
            channel.send(_why(error))
            return
        channel.send(READY)
        while asked := channel.recv(NUMBER.size):
            _answer(channel, work, *NUMBER.unpack(asked))


def _received(channel: socket.socket) -> Callable[[int], Any]:
    told, (memory,), _, _ = socket.recv_fds(channel, LONGEST, 1)
    try:
        work: Callable[[int], Any] = read_shared(memory, told)
    finally:
        os.close(memory)
    return work


def _answer(channel: socket.socket, work: Callable[[int], Any], number: int) -> None:
    try:
        memory, told = write_shared(work(number))
    except Exception as error:  # noqa: BLE001 -- told to whom it concerns
        channel.send(_why(error))
        return
    try:
        socket.send_fds(channel, [told], [memory])
    finally:
        os.close(memory)


def _why(error: Exception) -> bytes:
    return reason_of(error).encode(errors="replace")[:LONGEST]
