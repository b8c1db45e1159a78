"""The options ``--engine`` and ``--device`` of commands that run a network."""

from __future__ import annotations

from zoo_core.config.engines import require_network_engine
from zoo_core.config.overrides import with_settings

__all__ = ["with_engine"]


def with_engine(engine: str | None, overrides: list[str] | None, device: str | None = None) -> list[str]:
    """The overrides, and after them the engine and the device that are asked for.

    Raises:
        ArgumentError: there is no such engine, or it is one of exported files.
    """
    if engine is not None:
        require_network_engine(engine)
    return [*(with_settings(overrides or [], engine=engine, device=device) or ())]
