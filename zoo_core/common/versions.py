"""The versions of what is installed."""

from __future__ import annotations

from importlib import metadata

__all__ = ["CORE", "core_version", "installed_version"]

CORE = "zoo-core"
"""The distribution of the core, which is a plugin too."""


def core_version() -> str:
    """The version of the core that is installed."""
    return metadata.version(CORE)


def installed_version(distribution: str) -> str | None:
    """The version of a distribution; None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
