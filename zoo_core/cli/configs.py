"""The configuration that a command is called with, and what is worth saying about it."""

from __future__ import annotations

from collections.abc import Sequence

from zoo_core.cli.output import print_line
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.left_out import recipe_note
from zoo_core.config.loading import configured, inheritance_of
from zoo_core.registry.registry import default_registry

__all__ = ["load_and_note"]


def load_and_note(name: str, overrides: Sequence[str] | None) -> DetectorConfig:
    """The configuration of a name or a file; says on the standard error what it leaves out of a detector's settings."""
    registry = default_registry()
    whole = inheritance_of(name, registry)
    config = configured(whole, overrides, registry)
    if note := recipe_note(whole, config, registry, overrides):
        print_line(f"zoo: {name}: {note}", error=True)
    return config
