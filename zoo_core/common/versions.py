"""The versions of what is installed."""

from __future__ import annotations

from functools import cache
from importlib import metadata

__all__ = ["CORE", "core_version", "installed_version", "plugin_requirement"]

CORE = "zoo-core"
"""The distribution of the core, which is a plugin too."""


@cache
def core_version() -> str:
    """The version of the core that is installed; looked up once, since every plugin is held against it."""
    return metadata.version(CORE)


def plugin_requirement() -> str:
    """A plugin's dependency on this core: on its minor version before 1.0, on its major version later."""
    major, minor, *_ = core_version().split(".")
    return f"{CORE}~={major}.{minor}.0" if major == "0" else f"{CORE}~={major}.{minor}"


def installed_version(distribution: str) -> str | None:
    """The version of a distribution; None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
