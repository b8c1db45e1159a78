"""What this plugin provides: a logger."""

from __future__ import annotations

from collections.abc import Iterable

from zoo_core.plugin_api import Component, hookimpl
from zoo_mlflow.settings import MlflowSettings

__all__ = ["zoo_components"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The logger."""
    return [Component(MlflowSettings, "zoo_mlflow.logger:MlflowLogger")]
