"""Which versions of Python, the core and the packages of its parts make a detector what it is."""

from __future__ import annotations

import platform
from typing import Any

from zoo_core.common.versions import core_version, installed_version
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.engines import chosen_engine
from zoo_core.registry.registry import default_registry

__all__ = ["versions_of"]

_PACKAGES = ("mxnet", "numpy")


def versions_of(config: DetectorConfig) -> dict[str, Any]:
    """What makes a run: Python, the core, the engine, and the distribution and version of each part."""
    registry = default_registry()
    packages = _PACKAGES if chosen_engine(config.engine) == "mxnet" else ("torch", *_PACKAGES[1:])
    parts = {
        part.kind: part
        for part in (config.backbone, config.anchors, config.targets, config.loss, config.data)
        if part is not None
    }
    owners = {kind: registry.owner_of(registry.component_of(part)) for kind, part in parts.items()}
    return {
        "python": platform.python_version(),
        "zoo-core": core_version(),
        **{name: installed_version(name) for name in packages},
        "parts": {
            kind: {"name": parts[kind].name, "distribution": owner.distribution, "version": owner.version}
            for kind, owner in owners.items()
        },
    }
