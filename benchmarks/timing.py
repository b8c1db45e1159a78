"""Times of several ways to do the same thing, taken in turn so that a noisy machine is noisy for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["compare", "print_times"]


def compare(title: str, ways: Mapping[str, Callable[[], object]], rounds: int = 30, *, warm: bool = False) -> None:
    """Print the median and the middle half of the times of each way, and its ratio to the first.

    Args:
        title: of the table.
        ways: what to time; each call ends when its result is there. The first is ours.
        rounds: how often each is called, after one call that does not count.
        warm: that call has been made already.
    """
    for way in () if warm else ways.values():
        way()
    times = {name: np.empty(rounds) for name in ways}
    for turn in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            times[name][turn] = 1000 * (time.perf_counter() - began)
    print_times(title, times)


def print_times(title: str, times: Mapping[str, NDArray[np.float64]]) -> None:
    """Print the median, the middle half and the shortest of the milliseconds of each way, and ratios to the first.

    The ratio is that of the medians. Other work on the machine only ever adds to a time, so that where it cannot be
    kept quiet the shortest times, with their own ratio in brackets, say more.
    """
    ours, rounds = next(iter(times.values())), len(next(iter(times.values())))
    print(f"\n{title} ({rounds} rounds)")
    print(f"  {'':34} {'median':>10}   {'middle half':>20}   {'shortest':>10}   {'ratio':>12}")
    for name, taken in times.items():
        low, middle, high = np.percentile(taken, [25, 50, 75])
        ratios = f"{middle / np.median(ours):.2f} ({taken.min() / ours.min():.2f})"
        spread = f"{low:7.2f} to {high:7.2f} ms"
        print(f"  {name:34} {middle:7.2f} ms   {spread}   {taken.min():7.2f} ms   {ratios:>12}")
