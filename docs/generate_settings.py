"""Writes docs/settings.md from the models; a test compares the file with what this makes.

python docs/generate_settings.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zoo_core.config.batching import MixupSettings, MultiScaleSettings
from zoo_core.config.detector import DetectorConfig, NmsSettings, Normalization, WeightsSettings
from zoo_core.config.search import SearchRange
from zoo_core.config.training import CheckpointSettings, TrainingSettings
from zoo_core.parts.components import KINDS
from zoo_core.parts.description import describe_settings, description
from zoo_core.parts.kind_names import plural
from zoo_core.parts.settings import Settings
from zoo_core.registry.known_plugins import OWN_PACKAGES
from zoo_core.registry.registry import default_registry

HEADER = """\
# Settings

Every setting of a configuration, with its type, its limits and its default. This page is
made from the models in the code by `python docs/generate_settings.py`; `zoo show NAME`
prints the same for one part, also of third-party plugins.

A part is given by its name, which stands for all its defaults, or as a table with a `name`
and some of its settings. `null` means no value in YAML.
"""


def settings_page() -> str:
    """The whole page."""
    return "\n".join([HEADER, *_detector(), *_components()]).rstrip() + "\n"


def _detector() -> Iterator[str]:
    yield from _group("The configuration", DetectorConfig, level=2)
    yield from _group("normalization", Normalization, level=3)
    yield from _group("nms", NmsSettings, level=3)
    yield from _group("weights", WeightsSettings, level=3)
    yield from _group("training", TrainingSettings, level=3)
    yield from _group("training.checkpoints", CheckpointSettings, level=3)
    yield from _group("training.multi_scale", MultiScaleSettings, level=3)
    yield from _group("training.mixup", MixupSettings, level=3)
    yield from _group("search", SearchRange, level=3)


def _components() -> Iterator[str]:
    registry = default_registry()
    for kind in KINDS:
        if not registry.components(kind):
            continue
        title = plural(kind)
        yield f"## {title[0].upper()}{title[1:]}\n"
        for name, component in registry.components(kind).items():
            package = registry.owner(kind, name).distribution
            if package in OWN_PACKAGES:  # and not what else is installed beside the zoo
                yield from _group(name, component.settings, level=3, package=package)


def _group(title: str, group: type[Settings], level: int, package: str = "") -> Iterator[str]:
    heading = f"`{title}`" if level > 2 else title
    yield f"{'#' * level} {heading}{f' ({package})' if package else ''}\n"
    yield f"{_as_markdown(description(group))}\n"
    lines = describe_settings(group)
    if not lines:
        return
    yield "| setting | type | default | meaning |\n|---|---|---|---|"
    for line in lines:
        default = line.default if line.default in ("required", "see its own settings") else f"`{line.default}`"
        yield f"| `{line.name}` | {_cell(line.type)} | {_cell(default)} | {_cell(_as_markdown(line.meaning))} |"
    yield ""


def _as_markdown(text: str) -> str:
    return text.replace("``", "`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    Path(__file__).with_name("settings.md").write_text(settings_page(), encoding="utf-8")
