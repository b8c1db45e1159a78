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
    """Print the median and the middle half of the milliseconds of each way, and its ratio to the first."""
    ours = np.median(next(iter(times.values())))
    rounds = len(next(iter(times.values())))
    print(f"\n{title} ({rounds} rounds)")
    print(f"  {'':34} {'median':>10}   {'middle half':>17}   {'ratio':>6}")
    for name, taken in times.items():
        low, middle, high = np.percentile(taken, [25, 50, 75])
        print(f"  {name:34} {middle:7.2f} ms   {low:6.2f} to {high:6.2f} ms   {middle / ours:6.1f}")
