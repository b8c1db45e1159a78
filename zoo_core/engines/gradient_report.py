"""Which gradients are largest, in words: where a loss that is lost may come from."""

from __future__ import annotations

import math
from collections.abc import Mapping

from zoo_core.common.messages import listed

__all__ = ["largest_gradients"]

_SHOWN = 5


def largest_gradients(lengths: Mapping[str, float]) -> str:
    """The largest gradients that are numbers, and how many are not.

    Args:
        lengths: of the gradients, by the names of their weights.
    """
    finite = {name: length for name, length in lengths.items() if math.isfinite(length)}
    first = sorted(finite, key=lambda name: finite[name], reverse=True)[:_SHOWN]
    words = [f"{name} {finite[name]:.3g}" for name in first if finite[name] > 0]
    if strange := len(lengths) - len(finite):
        words.append(f"{strange} of {len(lengths)} are not finite numbers")
    return listed(words, none="all are 0")
