"""Which versions of Python, the core and the packages of its parts make a detector what it is."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zoo_core.common.errors import PluginError
from zoo_core.common.versions import CORE, core_version, installed_version
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.engines import chosen_engine
from zoo_core.config.training import TrainingSettings
from zoo_core.parts.components import ComponentSettings
from zoo_core.registry.registry import default_registry

__all__ = ["versions_of"]

_PACKAGES = ("mxnet", "numpy")


def versions_of(config: DetectorConfig) -> dict[str, Any]:
    """What makes a run: Python, the core, the engine, and the distribution and version of each part.

    Of what only training uses those parts are named that are not the core's, by the settings that choose them.
    """
    packages = _PACKAGES if chosen_engine(config.engine) == "mxnet" else ("torch", *_PACKAGES[1:])
    of_detector = (config.backbone, config.anchors, config.targets, config.loss, config.data)
    parts = [(part.kind, part) for part in of_detector if part is not None]
    found = [*_origins(parts), *(each for each in _origins(_of_training(config.training)) if not _is_core(each[1]))]
    return {
        "python": platform.python_version(),
        "zoo-core": core_version(),
        **{name: installed_version(name) for name in packages},
        "parts": dict(found),
    }


def _of_training(settings: TrainingSettings) -> list[tuple[str, ComponentSettings]]:
    several = {"augmentation": settings.augmentation, "loggers": settings.loggers}
    return [
        ("training.optimizer", settings.optimizer),
        ("training.schedule", settings.schedule),
        *((f"training.{name}[{i}]", each) for name, parts in several.items() for i, each in enumerate(parts)),
    ]


def _origins(parts: Iterable[tuple[str, ComponentSettings]]) -> Iterator[tuple[str, dict[str, str]]]:
    """The name, distribution and version of each part that is installed."""
    registry = default_registry()
    for place, part in parts:
        try:
            owner = registry.owner_of(registry.component_of(part))
        except PluginError:  # a stand-in for what is not installed, or made by hand
            continue
        yield place, {"name": part.name, "distribution": owner.distribution, "version": owner.version}


def _is_core(origin: Mapping[str, str]) -> bool:
    return origin["distribution"] == CORE
