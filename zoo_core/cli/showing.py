"""``zoo show``: everything about a detector or a part."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zoo_core.cli.options import JsonOption, SetOption
from zoo_core.cli.output import print_heading, print_json, print_line, print_text
from zoo_core.cli.plans import plan_as_json, print_plan
from zoo_core.common.errors import UnknownNameError
from zoo_core.common.messages import did_you_mean
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.config.plan import plan
from zoo_core.parts.components import KINDS, Component
from zoo_core.parts.description import describe_settings, description
from zoo_core.parts.kind_names import singular
from zoo_core.registry.known_plugins import package_with
from zoo_core.registry.registry import Registry, default_registry

__all__ = ["show"]


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a detector or a part.", show_default=False)],
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a detector with its plan, or a part with its settings.

    A name that belongs to several kinds is shown for each of them.
    """
    registry = default_registry()
    config = load_config(name, overrides) if name in registry.detectors() else None
    parts = [registry.component(kind, name) for kind in KINDS if name in registry.components(kind)]
    if config is None and not parts:
        raise _unknown(registry, name)
    if as_json:
        detectors = [_detector_as_json(registry, name, config)] if config else []
        print_json([*detectors, *(_component_as_json(registry, part) for part in parts)])
        return
    if config:
        _print_detector(registry, name, config)
    for index, part in enumerate(parts):
        if index or config:
            print_line()
        _print_component(registry, part)


def _unknown(registry: Registry, name: str) -> UnknownNameError:
    for kind in ("detector", *KINDS):
        if package_with(kind, name) or registry.is_shared(kind, name):
            try:
                registry.owner(kind, name)
            except UnknownNameError as error:
                return error
    known = [*registry.detectors(), *(each for kind in KINDS for each in registry.components(kind))]
    guess = did_you_mean(name, known, otherwise="; `zoo list` shows all")
    return UnknownNameError(f"no detector and no part is named {name!r}{guess}")


def _print_detector(registry: Registry, name: str, config: DetectorConfig) -> None:
    print_heading(f"detector {name}")
    print_line(f"package: {registry.owner('detector', name)}")
    print_line()
    print_line(config.to_yaml())
    print_plan(plan(config))


def _detector_as_json(registry: Registry, name: str, config: DetectorConfig) -> dict[str, Any]:
    return {
        "kind": "detector",
        "name": name,
        "package": registry.owner("detector", name).distribution,
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
