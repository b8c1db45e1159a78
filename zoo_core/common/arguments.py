"""Checks of the Python API's arguments that would otherwise silently give a wrong result."""

from __future__ import annotations

import sys
from numbers import Integral, Real

from zoo_core.common.errors import ArgumentError
from zoo_core.common.messages import shown

__all__ = ["check_count", "check_share"]


def check_count(name: str, value: object, least: int = 1) -> None:
    """Refuse what is not an integer in range.

    Raises:
        ArgumentError: it is not an integer (a bool counts as none), less than `least`, or larger than Python can count.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ArgumentError(f"{name} should be an integer of at least {least}; given {shown(value)}")
    if int(value) > sys.maxsize:
        raise ArgumentError(f"{name} should be at most {sys.maxsize}; given {shown(value)}")


def check_share(name: str, value: object) -> None:
    """Refuse what is not a number from 0 to 1.

    Raises:
        ArgumentError: it is not such a number; nor is NaN.
    """
    # Not as a float, which a whole number of 400 digits cannot become; typeshed does not know that Real compares.
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value <= 1:  # type: ignore[operator]
        raise ArgumentError(f"{name} should be a number from 0 to 1; given {shown(value)}")
