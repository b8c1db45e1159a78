"""Imports what plugins name as ``"package.module:name"``, when it is needed."""

from __future__ import annotations

import importlib
from typing import Any

from zoo_core.common.errors import MissingPackageError, PluginError
from zoo_core.common.optional_packages import missing
from zoo_core.parts.components import Component
from zoo_core.parts.guarding import Guarded
from zoo_core.parts.kind_names import singular

__all__ = ["class_of", "import_target"]


def class_of(component: Component) -> Any:
    """The class from which a part is made; raises as `import_target` does.

    Raises:
        PluginError: also when the part consists of settings alone.
    """
    part = f"{singular(component.kind)} {component.name!r}"
    if component.target is None:
        raise PluginError(f"{part} consists of settings alone: nothing is made from it")
    return import_target(component.target, f"{part} is to be made by")


def import_target(target: str, purpose: str) -> Any:
    """The object that a target names.

    Args:
        target: ``"package.module:name"``.
        purpose: what it is for, to which a message adds the target.

    Raises:
        PluginError: it does not exist or cannot be imported.
        MissingPackageError: a package that it needs is not installed.
    """
    module, _, attribute = target.partition(":")
    where = f"{purpose} {target!r}"
    try:
        with Guarded(seconds=None, passing=(ModuleNotFoundError,)):
            found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        absent = error.name or ""
        if module == absent or module.startswith(f"{absent}."):
            raise PluginError(f"{where}, which does not exist") from error
        raise MissingPackageError(f"{where}: {missing(error)}") from error
    except PluginError as error:
        raise PluginError(f"{where}, which cannot be imported: {error}") from error
    if not hasattr(found, attribute):
        raise PluginError(f"{where}, which does not exist")
    return getattr(found, attribute)
