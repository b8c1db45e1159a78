"""Messages over sockets of this machine that are held back as a slower network would."""

from __future__ import annotations

import queue
import socket
import struct
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.exchange import Link, Rounds

__all__ = ["seconds_by_sockets"]

_PIECE = 1 << 15
_HEADER = struct.Struct("!diii")
"""Of a piece: when it may be seen, its round, its bytes, and how many are left of the message."""


class _Machine:
    """Sends and receives, each in a thread, with the rate, the latency and the overhead of a link."""

    def __init__(self, number: int, rounds: Rounds, link: Link) -> None:
        self._number, self._rounds, self._link = number, rounds, link
        self._inbox, self.door = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._awaited = [sum(each.receiver == number for each in messages) for messages in rounds]
        self._come = [threading.Event() for _ in rounds]
        self.peers: list[_Machine] = []
        self._queued = queue.SimpleQueue[tuple[float, int, int, int]]()
        self.threads = [threading.Thread(target=each) for each in (self._send, self._drain, self._receive)]

    def close(self) -> None:
        self._inbox.close()
        self.door.close()

    def _send(self) -> None:
        free = time.monotonic()
        for number, messages in enumerate(self._rounds):
            if number:
                self._come[number - 1].wait()
            for message in messages:
                if message.sender == self._number:
                    time.sleep(self._link.overhead)
                    free = self._send_message(number, message.receiver, round(message.size), free)

    def _send_message(self, number: int, receiver: int, left: int, free: float) -> float:
        """Hand over the pieces of a message, none before the one before it has left; when the last has."""
        free = max(free, time.monotonic())
        while left:
            size = min(_PIECE, left)
            left -= size
            header = _HEADER.pack(free + self._link.latency, number, size, left)
            self.peers[receiver].door.sendall(header + bytes(size))
            free += size / self._link.rate
            time.sleep(max(0.0, free - time.monotonic()))
        return free

    def _drain(self) -> None:
        """Take what comes, so that no sender is held up by one receiver: networks hold more than sockets do here."""
        left = sum(self._awaited)
        while left:
            header = _HEADER.unpack_from(self._inbox.recv(_HEADER.size + _PIECE))
            self._queued.put(header)
            left -= not header[-1]

    def _receive(self) -> None:
        free, come = 0.0, defaultdict[int, int](int)
        self._open_rounds(come)
        while sum(come.values()) < sum(self._awaited):
            visible, number, size, left = self._queued.get()
            free = max(free, visible) + size / self._link.rate
            time.sleep(max(0.0, free - time.monotonic()))
            if not left:
                time.sleep(self._link.overhead)
                come[number] += 1
                self._open_rounds(come)

    def _open_rounds(self, come: dict[int, int]) -> None:
        for number, awaited in enumerate(self._awaited):
            if come[number] < awaited:
                return
            self._come[number].set()


def seconds_by_sockets(rounds: Rounds, n: int, link: Link) -> float:
    """Seconds of an exchange between so many machines."""
    machines = [_Machine(number, rounds, link) for number in range(n)]
    threads = [thread for each in machines for thread in each.threads]
    for each in machines:
        each.peers = machines
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    for each in machines:
        each.close()
    return seconds
