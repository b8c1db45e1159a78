"""How pictures are looked at, as options say it."""

from __future__ import annotations

from zoo_core.common.errors import ArgumentError
from zoo_core.prediction.views import ViewOptions, Views

__all__ = ["view_options"]


def view_options(window: str | None, overlap: int | None, flip: bool) -> ViewOptions:
    """What ``--slice``, ``--overlap`` and ``--flip`` mean to a detector; only those that were given.

    Raises:
        ArgumentError: they cannot be meant.
    """
    options: ViewOptions = {}
    if window is not None:
        options["slice"] = window
    if overlap is not None:
        options["overlap"] = overlap
    if flip:
        options["flip"] = flip
    try:
        Views.of(options)
    except ArgumentError as error:
        raise ArgumentError(f"--{error}") from None
    return options
