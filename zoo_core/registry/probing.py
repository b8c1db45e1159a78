"""Finds a plugin that ends or blocks every process that imports it.

No process can guard itself against ``os._exit``, a crash in C, or an endless loop there. So
``zoo plugins`` first lets another process import all plugins. When that dies, the plugin that
it announced last is the culprit, and the next process leaves it out.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from zoo_core.registry.contributions import Plugin
from zoo_core.registry.registry import Registry, default_registry

__all__ = ["examined_registry"]

_SECONDS = 60.0
"""How long a process may import plugins; `Guarded` stops what can be stopped long before that."""
_DONE = "done"


def examined_registry() -> Registry:
    """The registry of everything installed, without the plugins that would end or block this process."""
    fatal = _fatal_plugins()
    if not fatal:
        return default_registry()
    registry = Registry()
    registry.discover(known_problem=lambda plugin: fatal.get(plugin.key))
    return registry


def _fatal_plugins() -> dict[str, str]:
    """Why these plugins end or block every command, and the remedy, by the key of each."""
    fates: dict[str, str] = {}
    while True:
        announced, fate = _imported_elsewhere([*fates])
        if not announced or announced[-1] == _DONE or announced[-1] in fates:
            break
        fates[announced[-1]] = fate
    blocked = ",".join(filter(None, [os.environ.get("ZOO_BLOCK"), *fates]))
    remedy = f"and with it every command: set ZOO_BLOCK={blocked}"
    return {key: f"{fate} when it is imported, {remedy}, or repair it" for key, fate in fates.items()}


def _imported_elsewhere(without: Sequence[str]) -> tuple[list[str], str]:
    """The plugins that another process has begun to import, and what became of it."""
    command = [sys.executable, "-m", __name__, *without]
    try:
        ended = subprocess.run(  # noqa: S603 -- this module
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        return (error.stdout or b"").decode().split(), f"does not end within {_SECONDS:g} s"
    except OSError:  # where no process can be started, nothing can be found out
        return [], ""
    return ended.stdout.decode().split(), _fate(ended.returncode)


def _fate(code: int) -> str:
    if code >= 0:
        return f"ends the process with exit code {code}"
    try:
        return f"crashes the process ({signal.Signals(-code).name})"
    except ValueError:
        return f"crashes the process (signal {-code})"


def _import_all(without: Sequence[str]) -> None:
    """Import all plugins but some, and say which before each; nothing else reaches the standard output."""
    saying = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)

    def announced(plugin: Plugin) -> str | None:
        if plugin.key in without:
            return "known"
        os.write(saying, f"{plugin.key}\n".encode())
        return None

    Registry().discover(known_problem=announced)
    os.write(saying, f"{_DONE}\n".encode())
    os._exit(0)  # what a plugin does at the exit of the process is not its import


if __name__ == "__main__":
    _import_all(sys.argv[1:])
