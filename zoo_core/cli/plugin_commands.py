"""The commands that plugins add: known from what is light of a plugin, and imported when they are called.

The registry is imported where it is asked: not every command looks for plugins.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from zoo_core.common.errors import PluginError, ZooError
from zoo_core.common.versions import CORE
from zoo_core.parts.guarding import reason_of

__all__ = ["plugin_command", "plugin_commands"]


def plugin_commands() -> dict[str, str]:
    """What each command of a plugin is for, and whose it is, by the name by which it is called."""
    from zoo_core.registry.registry import default_registry

    registry = default_registry()
    named = {name: (command, registry.owner("command", name)) for name, command in registry.commands().items()}
    return {
        name: f"{command.help} (from {owner.distribution or owner.name})"
        for name, (command, owner) in named.items()
        if owner.package != CORE
    }


def plugin_command(name: str, made: Callable[[str, Callable[..., Any]], Any]) -> Any:
    """A command of a plugin, whose code is imported now.

    Args:
        name: by which it is called, one of `plugin_commands`.
        made: makes a command of its name and a function.

    Raises:
        PluginError: its function does not exist, cannot be imported, or has a signature that typer does not know.
        MissingPackageError: a package that it needs is not installed.
    """
    from zoo_core.registry.registry import default_registry
    from zoo_core.registry.targets import import_target

    registry = default_registry()
    whose = f"command {name!r} of plugin {registry.owner('command', name)}"
    function = import_target(registry.commands()[name].target, f"{whose} is to be run by")

    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except (ZooError, typer.TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            raise PluginError(f"{whose} failed: {reason_of(error)}") from error

    try:
        return made(name, run)
    except Exception as error:
        raise PluginError(f"{whose} cannot be run: {reason_of(error)}") from error
