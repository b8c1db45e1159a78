"""``zoo show``: everything about a detector or a part."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import typer

from zoo_core.cli.options import JsonOption, SetOption, offering
from zoo_core.cli.output import print_heading, print_json, print_line, print_text
from zoo_core.cli.plans import plan_as_json, print_plan
from zoo_core.common.commented_yaml import commented_yaml
from zoo_core.common.errors import ArgumentError, UnknownNameError
from zoo_core.common.messages import did_you_mean
from zoo_core.common.tables import to_yaml
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.documented import documented_yaml
from zoo_core.config.inheritance import Inheritance, Place, is_file_name
from zoo_core.config.loading import configured, inheritance_of
from zoo_core.config.overrides import pairs_of
from zoo_core.config.plan import plan
from zoo_core.parts.components import KINDS, Component
from zoo_core.parts.description import describe_settings, description
from zoo_core.parts.kind_names import singular, with_article
from zoo_core.registry.known_plugins import package_with
from zoo_core.registry.registry import Registry, default_registry
from zoo_core.registry.unsupported import why_unsupported

__all__ = ["show"]


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A detector, a part, or a configuration file.",
            show_default=False,
            autocompletion=offering("names"),
        ),
    ],
    overrides: SetOption = None,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the whole configuration as a file to edit, each setting explained.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a detector or a configuration with its plan, or a part with its settings.

    A name that belongs to several kinds is shown for each of them. Of a file that extends another each setting is
    shown with where it comes from. `zoo show NAME --yaml > mine.yaml` writes a configuration to edit.
    """
    if as_yaml and as_json:
        raise ArgumentError("--yaml and --json are two ways to print it; give one of them")
    registry = default_registry()
    is_detector = name in registry.detectors()
    parts = [registry.component(kind, name) for kind in KINDS if name in registry.components(kind)]
    if not is_detector and not is_file_name(name) and not parts:
        raise _unknown(registry, name)
    whole = inheritance_of(name, registry) if is_detector or not parts else None
    config = configured(whole, overrides, registry) if whole else None
    if overrides and config is None:
        raise ArgumentError(f"--set changes a configuration, and {name!r} is {with_article(parts[0].kind)}")
    if as_yaml:
        if config is None:
            raise ArgumentError(f"--yaml writes a configuration, and {name!r} is {with_article(parts[0].kind)}")
        print_line(documented_yaml(config).rstrip())
        return
    if as_json:
        shown = [_config_as_json(registry, whole, config)] if whole and config else []
        print_json([*shown, *(_component_as_json(registry, part) for part in parts)])
        return
    if whole and config:
        _print_config(registry, whole, config, [place for place, _ in pairs_of(overrides)])
    for index, part in enumerate(parts):
        if index or config:
            print_line()
        _print_component(registry, part)


def _unknown(registry: Registry, name: str) -> UnknownNameError:
    for kind in ("detector", *KINDS):
        is_left_out = kind == "detector" and why_unsupported(name)
        if is_left_out or package_with(kind, name) or registry.is_shared(kind, name):
            try:
                registry.owner(kind, name)
            except UnknownNameError as error:
                return error
    known = [*registry.detectors(), *(each for kind in KINDS for each in registry.components(kind))]
    guess = did_you_mean(name, known, otherwise="; `zoo list` shows all")
    return UnknownNameError(f"no detector and no part is named {name!r}{guess}")


def _print_config(registry: Registry, whole: Inheritance, config: DetectorConfig, changed: Sequence[Place]) -> None:
    first, *extended = [layer.title for layer in whole.layers]
    is_detector = first in registry.detectors()
    print_heading(f"{'detector' if is_detector else 'configuration'} {first}")
    if is_detector:
        print_line(f"package: {registry.owner('detector', first)}")
    for title in extended:
        owner = f", a detector of {registry.owner('detector', title)}" if title in registry.detectors() else ""
        print_line(f"extends: {title}{owner}")
    print_line()
    table = config.model_dump(mode="json")
    print_line(commented_yaml(table, behind=partial(_origin, whole, changed)) if extended else to_yaml(table))
    print_plan(plan(config))


def _origin(whole: Inheritance, changed: Sequence[Place], place: Place) -> str:
    """Where a setting is from; nothing for a default."""
    return "--set" if any(place[: len(each)] == each for each in changed) else whole.setter(place) or ""


def _config_as_json(registry: Registry, whole: Inheritance, config: DetectorConfig) -> dict[str, Any]:
    first, *extended = [layer.title for layer in whole.layers]
    is_detector = first in registry.detectors()
    return {
        "kind": "detector" if is_detector else "configuration",
        "name": first,
        **({"package": registry.owner("detector", first).distribution} if is_detector else {"extends": extended}),
        "config": config.model_dump(mode="json"),
        "plan": plan_as_json(plan(config)),
    }


def _print_component(registry: Registry, part: Component) -> None:
    print_heading(f"{singular(part.kind)} {part.name}")
    print_line(description(part.settings))
    print_line()
    print_line(f"package: {registry.owner_of(part)}")
    if part.target:
        print_line(f"made by: {part.target}")
    print_line()
    lines = describe_settings(part.settings)
    print_line("settings:" if lines else "settings: none")
    for line in lines:
        print_line(f"  {line.name}: {line.type}; default {line.default}")
        print_text(line.meaning.replace("``", ""), indent=6)


def _component_as_json(registry: Registry, part: Component) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "name": part.name,
        "package": registry.owner_of(part).distribution,
        "target": part.target,
        "summary": part.summary,
        "source": part.source,
        "settings": [line._asdict() for line in describe_settings(part.settings)],
    }
