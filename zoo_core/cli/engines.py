"""The option ``--engine`` of commands that run a network."""

from __future__ import annotations

from zoo_core.config.engines import require_network_engine

__all__ = ["with_engine"]


def with_engine(engine: str | None, overrides: list[str] | None) -> list[str] | None:
    """The overrides, and after them the engine that is asked for.

    Raises:
        ArgumentError: there is no such engine, or it is one of exported files.
    """
    if engine is None:
        return overrides
    require_network_engine(engine)
    return [*(overrides or ()), f"engine={engine}"]
