"""How the checks copy and compare values, and draw random cases."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import hypothesis
import numpy as np
from hypothesis.strategies import SearchStrategy
from numpy.typing import ArrayLike

__all__ = ["assert_close", "pickled", "try_cases"]


def pickled(value: Any, what: str) -> Any:
    """`value`, pickled and read back; `what` it is, for the message."""
    try:
        return pickle.loads(pickle.dumps(value))  # noqa: S301 -- what was pickled just now
    except Exception as error:
        raise AssertionError(
            f"{what} cannot be pickled ({type(error).__name__}: {error}), so it cannot be sent to another process: "
            "keep lambdas, open files and classes defined in functions out of its attributes"
        ) from error


def assert_close(
    found: Sequence[ArrayLike], expected: Sequence[ArrayLike], message: str, tolerance: float = 0.0
) -> None:
    """Fail with `message` unless both hold arrays of equal shapes and values.

    A difference of `tolerance` times the largest number that an array should hold is allowed.
    """
    assert len(found) == len(expected), f"{message}: {len(found)} arrays instead of {len(expected)}"
    for index, (first, second) in enumerate(zip(map(np.asarray, found), map(np.asarray, expected), strict=True)):
        assert first.shape == second.shape, f"{message}: array {index} is {first.shape} instead of {second.shape}"
        farthest = np.abs(first - second.astype(np.float64)).max(initial=0)
        largest = np.abs(second.astype(np.float64)).max(initial=0)
        assert farthest <= tolerance * largest, f"{message}: array {index} differs by up to {farthest:.3g}"


def try_cases(number: int, check: Callable[..., None], **strategies: SearchStrategy[Any]) -> None:
    """Call `check` with random arguments; when one fails, with the simplest that does.

    The cases are the same in every run: a part that passes today passes tomorrow.
    """
    # Not a decorator on the check itself: hypothesis refuses a test that several classes inherit.
    limits = hypothesis.settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),  # a check of one case can try cases itself
    )
    limits(hypothesis.given(**strategies)(check))()
