"""``zoo list``: what is installed, by kind."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo_core.cli.options import JsonOption
from zoo_core.cli.output import print_heading, print_json, print_line, print_table
from zoo_core.common.errors import UnknownNameError
from zoo_core.common.messages import counted, did_you_mean, listed
from zoo_core.parts.components import KINDS
from zoo_core.registry.discovery import unknown_names
from zoo_core.registry.registry import Registry, default_registry

__all__ = ["list_parts"]

_HEADINGS = {
    "detector": "detectors",
    "backbone": "backbones",
    "neck": "necks",
    "anchors": "anchors",
    "head": "heads",
    "targets": "targets",
    "loss": "losses",
    "dataset": "datasets",
    "resize": "resizings",
    "augmentation": "augmentations",
    "optimizer": "optimizers",
    "schedule": "schedules",
    "logger": "loggers",
    "weights": "weights",
}


def list_parts(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND",
            help=f"One of {', '.join(_HEADINGS.values())}; all but weights by default.",
            autocompletion=lambda: [*_HEADINGS.values()],
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List detectors, parts, or published weights."""
    registry = default_registry()
    kinds = [_kind(kind)] if kind is not None else [each for each in _HEADINGS if each != "weights"]
    found = {each: _rows(registry, each) for each in kinds}
    if as_json:
        keys = ("name", "package", "summary")
        print_json({each: [dict(zip(keys, row, strict=True)) for row in rows] for each, rows in found.items()})
        return
    for index, (each, rows) in enumerate(found.items()):
        if index:
            print_line()
        print_heading(_HEADINGS[each])
        print_table(rows or [("none", "", "")], indent=2)
    for unknown in unknown_names(registry.plugins):
        print_line(f"zoo: {unknown}", error=True)
    if broken := [plugin for plugin in registry.plugins if plugin.problem]:
        print_line(f"zoo: {counted(len(broken), 'plugin')} set aside; `zoo plugins` says why", error=True)
    elif any(map(registry.problem_of, registry.plugins)):
        print_line("zoo: several plugins provide the same name; `zoo plugins` says how to choose", error=True)
    elif len(registry.plugins) == 1:  # the core's own
        from zoo_core.registry.installing import way_to_parts

        print_line(f"zoo: no plugin with detectors is installed: {way_to_parts()}", error=True)


def _kind(word: str) -> str:
    """The kind that a word means: singular or plural, in any case."""
    words = {heading: kind for kind, heading in _HEADINGS.items()} | {kind: kind for kind in _HEADINGS}
    words |= {"anchor": "anchors", "target": "targets"}
    if word.lower() not in words:
        guess = did_you_mean(word, words, otherwise=";")
        raise UnknownNameError(f"no kind is named {word!r}{guess} kinds: {listed(_HEADINGS.values())}")
    return words[word.lower()]


def _rows(registry: Registry, kind: str) -> list[tuple[str, str, str]]:
    if kind in KINDS:
        parts = {name: component.summary for name, component in registry.components(kind).items()}
    elif kind == "weights":
        parts = dict.fromkeys(registry.published(), "")
    else:
        parts = {name: str(config.get("summary", "")) for name, config in registry.detectors().items()}
    return [(name, registry.owner(kind, name).distribution, summary) for name, summary in parts.items()]
