"""Of many cases some for the quick run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(every: int, cases: Iterable[Any]) -> list[Any]:
    """Cases of a parametrised test, of which the quick run tries one in so many; `make test-all` tries each."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow if index % every else ())
        for index, case in enumerate(cases)
    ]
