"""What should be the same when a training resumes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo_core.common.errors import ConfigError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.config.provenance import versions_of

__all__ = ["circumstances", "with_later_settings"]


def circumstances(config: DetectorConfig) -> dict[str, Any]:
    """What should be the same when training resumes."""
    return {"config": config.model_dump(mode="json"), "versions": versions_of(config)}


def with_later_settings(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a checkpoint with the defaults of settings that there were not yet, and versions not yet noted."""
    try:
        config = load_config(state["config"])
        parts = {**versions_of(config)["parts"], **state["versions"]["parts"]}
        versions = {**state["versions"], "parts": parts}
    except (KeyError, TypeError, ConfigError):  # a setting that no longer exists is reported as a change
        return dict(state)
    return {**state, "config": config.model_dump(mode="json"), "versions": versions}
