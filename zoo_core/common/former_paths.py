"""The paths of modules before version 0.2, from which plugins may still import for one minor version.

`FormerPaths` finds a path that is gone; one that is a folder now has `former_names` in its ``__init__``.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["FORMER_PATHS", "FormerPaths", "former_names"]

FORMER_PATHS = {
    "zoo_core.anchor_shapes": ("zoo_core.parts.anchor_fitting",),
    "zoo_core.augmentation_settings": ("zoo_core.config.augmentation", "zoo_core.parts.training_components"),
    "zoo_core.components": ("zoo_core.parts.components",),
    "zoo_core.config_files": ("zoo_core.config.loading",),
    "zoo_core.data.annotated": ("zoo_core.data.readers.annotated",),
    "zoo_core.data.augmentation": ("zoo_core.data.pipeline.augmentation",),
    "zoo_core.data.images": ("zoo_core.data.pipeline.images",),
    "zoo_core.data.records": ("zoo_core.data.readers.records",),
    "zoo_core.data.transforms": ("zoo_core.data.pipeline.transforms",),
    "zoo_core.describing": ("zoo_core.parts.description",),
    "zoo_core.detections": ("zoo_core.prediction.detections",),
    "zoo_core.detector": ("zoo_core.prediction.detector",),
    "zoo_core.download": ("zoo_core.common.download",),
    "zoo_core.encoding": ("zoo_core.boxes.encoding",),
    "zoo_core.errors": ("zoo_core.common.errors", "zoo_core.common.messages"),
    "zoo_core.files": ("zoo_core.common.files", "zoo_core.common.reading", "zoo_core.common.writing"),
    "zoo_core.geometry": ("zoo_core.parts.geometry",),
    "zoo_core.gluon": ("zoo_core.engines.gluon",),
    "zoo_core.gluon.array_names": ("zoo_core.engines.gluon.array_names",),
    "zoo_core.gluon.compatibility": ("zoo_core.engines.gluon.compatibility",),
    "zoo_core.gluon.costs": ("zoo_core.engines.gluon.costs",),
    "zoo_core.gluon.device": ("zoo_core.engines.gluon.device",),
    "zoo_core.gluon.mining": ("zoo_core.engines.gluon.mining",),
    "zoo_core.gluon.weight_names": ("zoo_core.engines.gluon.weight_names",),
    "zoo_core.gluon.weights": ("zoo_core.engines.gluon.weights",),
    "zoo_core.hookspecs": ("zoo_core.registry.hookspecs",),
    "zoo_core.interfaces": ("zoo_core.boxes.protocols",),
    "zoo_core.matching": ("zoo_core.boxes.matching",),
    "zoo_core.optimizer_settings": ("zoo_core.config.optimizer",),
    "zoo_core.params_file": ("zoo_core.engines.params_file",),
    "zoo_core.planning": ("zoo_core.config.plan",),
    "zoo_core.postprocessing": ("zoo_core.prediction.postprocessing",),
    "zoo_core.resize_settings": ("zoo_core.config.resize", "zoo_core.parts.resizing"),
    "zoo_core.schedule_settings": ("zoo_core.config.schedule",),
    "zoo_core.settings": ("zoo_core.parts.settings",),
    "zoo_core.training_settings": ("zoo_core.config.training",),
}
"""The former paths of documented modules, each with the present modules that have its names."""

_RENAMED = {("zoo_core.augmentation_settings", "AugmentationStep"): "AugmentationSettings"}
"""Names that have changed with their paths."""


class FormerPaths(MetaPathFinder, Loader):
    """Finds modules at their former paths."""

    @classmethod
    def install(cls) -> None:
        """Ask it first: a folder left by a former version, with nothing but compiled files in it, is not a module."""
        if not any(isinstance(each, cls) for each in sys.meta_path):
            sys.meta_path.insert(0, cls())

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module of a former name; None for every other."""
        del path, target
        if name not in FORMER_PATHS:
            return None
        return ModuleSpec(name, self, is_package=any(each.startswith(f"{name}.") for each in FORMER_PATHS))

    def create_module(self, spec: ModuleSpec) -> None:
        """An empty one, as Python makes it."""

    def exec_module(self, module: ModuleType) -> None:
        """Give the module the attributes of the one at its present path."""
        module.__getattr__ = former_names(module.__name__, FORMER_PATHS[module.__name__])  # type: ignore[method-assign]


def former_names(former: str, homes: Sequence[str] | Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """What is to be ``__getattr__`` of a module whose names have moved.

    Args:
        former: where they were.
        homes: the modules in which they are now; or by module which it has. A folder says them, since Python asks it
            for its modules too.
    """

    def name_there(name: str) -> Any:
        present_name = _RENAMED.get((former, name), name)
        if isinstance(homes, Mapping):
            modules = [home for home, names in homes.items() if name in names]
        else:
            modules = [] if name.startswith("__") else [*homes]
        found = next((each for each in modules if hasattr(importlib.import_module(each), present_name)), None)
        if found is None:
            raise AttributeError(f"module {former!r} has no attribute {name!r}")
        warnings.warn(
            f"{former} has moved, and is found there until version 0.3: import {present_name} from zoo_core.plugin_api "
            f"where it has that, else from {found}",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(importlib.import_module(found), present_name)

    return name_there
