"""What may be set when something is resumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from zoo_core.common.messages import listed
from zoo_core.config.overrides import parse_override
from zoo_core.config.run_folder import CIRCUMSTANCES

__all__ = ["moved"]


def moved(overrides: Sequence[str] | None, rule: str) -> dict[str, Any]:
    """What is different from where something was stopped; nothing else can be set when it resumes.

    Args:
        overrides: as they were given.
        rule: why, in words.
    """
    given = dict(map(parse_override, overrides or ()))
    if others := [key for key in given if key not in CIRCUMSTANCES]:
        raise typer.BadParameter(f"{rule}: with --resume only {listed(CIRCUMSTANCES)} can be set, not {listed(others)}")
    return given
