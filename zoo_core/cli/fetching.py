"""Published weights, fetched with a bar that shows how far it has come."""

from __future__ import annotations

from pathlib import Path

from zoo_core.cli.progress import WorkProgress
from zoo_core.engines.weight_sources import weight_source
from zoo_core.registry.registry import default_registry

__all__ = ["fetch_published"]


def fetch_published(given: str | Path | None) -> None:
    """Fetch the weights that are meant when a library has published them, so that whoever needs them finds them here.

    Raises:
        RunError, UnknownNameError, PluginError, MissingPackageError: they could not be fetched.
    """
    if default_registry().is_published(str(given)):
        with WorkProgress() as progress:
            weight_source(str(given), progress.fetched)
