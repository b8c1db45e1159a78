"""MLflow draws from Python's shared random numbers, which a training may draw from, too."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["random_kept"]


@contextmanager
def random_kept() -> Iterator[None]:
    """Leave `random` as it was: MLflow takes digits of some experiments' numbers, and pauses between tries, from it."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)
