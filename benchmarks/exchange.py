"""What a step of training costs on 2 to 256 machines: formulas, a simulation, and sockets with latency and bandwidth.

``python -m benchmarks.exchange`` prints the table of docs/cluster.md, and how well formulas and simulation agree with
real sockets whose messages are held back.

Four ways for n machines to add their gradients:

- ring: each sends a piece to its neighbour, 2 (n - 1) times one after the other;
- server: one adds for all;
- direct: each adds one piece of all and sends it to all;
- two levels: direct within groups of about sqrt(n) machines, then between the groups, and back.

In the last two, Ray has the command know each piece: that takes it time, which is added.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks.held_sockets import seconds_by_sockets

__all__ = ["Link", "Message", "main", "simulated"]

_MIB = 1 << 20
_MACHINES = (2, 4, 8, 16, 32, 64, 128, 256)
_PIECE_OF_COMMAND = 80e-6
"""Seconds that a piece takes the command: `python -m benchmarks.cluster` measures them."""
_TINYSSD, _VGG16 = 5.4 * _MIB, 103.7 * _MIB


class Link(NamedTuple):
    """How a machine is connected.

    Attributes:
        latency: seconds.
        rate: bytes a second, in each direction.
        overhead: seconds of a processor for each message, at either end.
    """

    latency: float
    rate: float
    overhead: float


class Message(NamedTuple):
    """From one machine to another; sent when all of the round before have come to the sender."""

    sender: int
    receiver: int
    size: float


Rounds = list[list[Message]]


def ring(n: int, size: float) -> Rounds:
    """One piece to the neighbour, again and again."""
    return [[Message(each, (each + 1) % n, size / n) for each in range(n)] for _ in range(2 * (n - 1))]


def server(n: int, size: float) -> Rounds:
    """Machine 0 adds for all."""
    return [[Message(each, 0, size) for each in range(1, n)], [Message(0, each, size) for each in range(1, n)]]


def direct(n: int, size: float) -> Rounds:
    """Every machine adds one piece of all."""
    return _all_to_all([[*range(n)]], size / n) * 2


def two_levels(n: int, size: float) -> Rounds:
    """Direct within groups, then between machines of one index in their groups, and back."""
    group = 1 << (n.bit_length() // 2)
    groups = [[*range(first, first + group)] for first in range(0, n, group)]
    across = [[*range(index, n, group)] for index in range(group)]
    inner, outer = _all_to_all(groups, size / group), _all_to_all(across, size / n)
    return [*inner, *outer, *outer, *inner]


def _all_to_all(groups: list[list[int]], size: float) -> Rounds:
    """Each to each of its group, in turn, so that no two begin with one receiver."""
    messages = [
        Message(machine, members[(place + ahead) % len(members)], size)
        for members in groups
        for ahead in range(1, len(members))
        for place, machine in enumerate(members)
    ]
    return [messages]


WAYS: dict[str, Callable[[int, float], Rounds]] = {
    "ring": ring,
    "server": server,
    "direct": direct,
    "two levels": two_levels,
}


def formula(way: str, n: int, size: float, link: Link) -> float:
    """Seconds of an exchange, where nothing gets in the way of anything else."""

    def round_of(messages: int, total: float) -> float:
        return link.latency + (messages + 1) * link.overhead + total / link.rate

    if way == "ring":
        return 2 * (n - 1) * round_of(1, size / n)
    if way == "server":
        return 2 * round_of(n - 1, (n - 1) * size)
    if way == "direct":
        return 2 * round_of(n - 1, (n - 1) * size / n)
    group = 1 << (n.bit_length() // 2)
    inner = round_of(group - 1, (group - 1) * size / group) if group > 1 else 0.0
    outer = round_of(n // group - 1, (n // group - 1) * size / n) if n > group else 0.0
    return 2 * (inner + outer)


def of_command(way: str, n: int) -> float:
    """Seconds in which the command hands out what is exchanged."""
    group = 1 << (n.bit_length() // 2)
    pieces = {"direct": n * n, "two levels": n * (group + n // group)}
    return pieces.get(way, 0) * _PIECE_OF_COMMAND


def simulated(rounds: Rounds, n: int, link: Link) -> float:
    """Seconds until the last message has come; processors and both directions of links do one message after another."""
    ready, sends, receives = ([0.0] * n for _ in range(3))
    for messages in rounds:
        arrived = list(ready)
        for sent, message in _sent(messages, ready, sends, link):
            begins = max(sent - message.size / link.rate + link.latency, receives[message.receiver])
            receives[message.receiver] = begins + message.size / link.rate
            done = max(arrived[message.receiver], receives[message.receiver]) + link.overhead
            arrived[message.receiver] = done
        ready = [max(before, after) for before, after in zip(ready, arrived, strict=True)]
    return max(ready)


def _sent(
    messages: list[Message], ready: list[float], sends: list[float], link: Link
) -> Iterator[tuple[float, Message]]:
    """Each message with the moment when its last byte leaves, in the order of these moments."""
    processor = list(ready)
    leaving: list[tuple[float, int]] = []
    for index, message in enumerate(messages):
        processor[message.sender] += link.overhead
        begins = max(processor[message.sender], sends[message.sender])
        sends[message.sender] = begins + message.size / link.rate
        heapq.heappush(leaving, (sends[message.sender], index))
    while leaving:
        moment, index = heapq.heappop(leaving)
        yield moment, messages[index]


def check() -> None:
    """Print sockets against simulation and formula, slow enough for a busy machine to keep up."""
    link, size = Link(latency=0.03, rate=8 * _MIB, overhead=0.004), 2 * _MIB
    print("\nSeconds of an exchange of 2 MiB at 8 MiB/s, 30 ms and 4 ms a message")
    print(f"  {'':18}{'sockets':>10}{'simulation':>12}{'formula':>10}")
    for way, rounds_of in WAYS.items():
        for n in (2, 4, 8):
            rounds = rounds_of(n, size)
            row = seconds_by_sockets(rounds, n, link), simulated(rounds, n, link), formula(way, n, size, link)
            print(f"  {way:12}{n:6}{row[0]:10.2f}{row[1]:12.2f}{row[2]:10.2f}", flush=True)


def table() -> None:
    """Print the share of a step that is computing, and what an exchange costs."""
    overhead = 0.3e-3  # of a message of Ray: a reference resolved and an object fetched
    cases = (
        ("TinySSD 256, .65 s a step, 1 Gbit/s", _TINYSSD, 0.65, Link(0.2e-3, 1e9 / 8, overhead)),
        ("ssd_512_vgg16, 6 s a step, 1 Gbit/s", _VGG16, 6.0, Link(0.2e-3, 1e9 / 8, overhead)),
        ("ssd_512_vgg16, 6 s a step, 10 Gbit/s", _VGG16, 6.0, Link(0.1e-3, 1e10 / 8, overhead)),
        ("ssd_512_vgg16, .1 s a step, 10 Gbit/s", _VGG16, 0.1, Link(0.1e-3, 1e10 / 8, overhead)),
    )
    for name, size, compute, link in cases:
        print(f"\n{name}: seconds of an exchange by simulation, and the share of computing in a step")
        print("  machines   " + "".join(f"{way:>20}" for way in WAYS))
        for n in _MACHINES:
            taken = [simulated(of(n, size), n, link) + of_command(way, n) for way, of in WAYS.items()]
            print(f"  {n:8}   " + "".join(f"{each:11.3f} s {compute / (compute + each):6.0%}" for each in taken))


def main() -> None:
    """Check the simulation, and print the table."""
    check()
    table()


if __name__ == "__main__":
    main()
