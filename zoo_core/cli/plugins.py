"""``zoo plugins``: what is installed, what it gives, and what was set aside and why."""

from __future__ import annotations

from typing import Any

from zoo_core.cli.options import JsonOption
from zoo_core.cli.output import print_json, print_line, print_table
from zoo_core.parts.kind_names import plural, singular
from zoo_core.registry.discovery import unknown_names
from zoo_core.registry.probing import examined_registry
from zoo_core.registry.registry import Plugin, Registry

__all__ = ["plugins"]


def plugins(as_json: JsonOption = False) -> int:
    """List the installed plugins; exit 1 if one is broken.

    One whose names clash with those of another counts as broken, though it can be used. One that
    ends or blocks every command is found, and reported with the ZOO_BLOCK that leaves it out.
    """
    registry = examined_registry()
    for unknown in unknown_names(registry.plugins):
        print_line(f"zoo: {unknown}", error=True)
    problems = {plugin: problem for plugin in registry.plugins if (problem := registry.problem_of(plugin))}
    if as_json:
        print_json([_as_json(plugin, registry) for plugin in registry.plugins])
        return 1 if problems else 0
    rows = [
        (plugin.name, plugin.distribution, plugin.version, _state(plugin, registry), _parts(plugin, registry))
        for plugin in registry.plugins
    ]
    print_table(rows, ("plugin", "package", "version", "state", "parts"))
    for plugin, problem in problems.items():
        fate = "was set aside" if plugin.problem else "is in use, but shares some of its names"
        print_line(f"\n{plugin.name} of {plugin.distribution} {plugin.version} {fate}:\n  {problem}")
    for plugin in registry.plugins:
        for note in plugin.notes:
            print_line(f"\n{plugin.name} of {plugin.distribution} {plugin.version} {note}")
    return 1 if problems else 0


def _state(plugin: Plugin, registry: Registry) -> str:
    if plugin.problem:
        return "broken"
    return "left out" if plugin.left_out else "clash" if registry.problem_of(plugin) else "in use"


def _parts(plugin: Plugin, registry: Registry) -> str:
    if plugin.left_out:
        return f"by {plugin.left_out}"
    counts: dict[str, int] = {}
    for kind, _ in registry.parts_of(plugin):
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(f"{number} {_heading(kind, number)}" for kind, number in counts.items())


def _heading(kind: str, number: int) -> str:
    if kind in ("anchors", "targets"):
        return kind
    return singular(kind) if number == 1 else plural(kind)


def _as_json(plugin: Plugin, registry: Registry) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "package": plugin.distribution,
        "version": plugin.version,
        "state": _state(plugin, registry),
        "reason": registry.problem_of(plugin) or (f"left out by {plugin.left_out}" if plugin.left_out else None),
        "notes": plugin.notes,
        "parts": [{"kind": kind, "name": name} for kind, name in registry.parts_of(plugin)],
    }
