"""What may be set when something is resumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from zoo_core.common.messages import listed
from zoo_core.config.overrides import parse_override

__all__ = ["moved"]


def moved(overrides: Sequence[str] | None, allowed: Sequence[str], rule: str) -> dict[str, Any]:
    """What is different from where something was stopped; nothing else can be set when it resumes.

    Args:
        overrides: as they were given.
        allowed: the settings that may be different.
        rule: why, in words.
    """
    given = dict(map(parse_override, overrides or ()))
    if others := [key for key in given if key not in allowed]:
        raise typer.BadParameter(f"{rule}: with --resume only {listed(allowed)} can be set, not {listed(others)}")
    return given
