"""The reference of Python: what each public name says of itself, in pages by room."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from sphinx.pycode import ModuleAnalyzer

import zoo_core
from zoo_core import plugin_api, testing

_TITLES = {
    "config": "Configurations",
    "parts": "Parts and shapes",
    "registry": "Names and plugins",
    "boxes": "Boxes and targets",
    "data": "Data sets",
    "prediction": "Detections",
    "engines": "Detectors",
    "training": "Training",
    "tuning": "Tuning",
    "evaluation": "Scores and reports",
    "common": "Errors",
}
"""Of the rooms of `zoo_core`, in the order of the pages."""

_FOREIGN = "BaseModel, BaseException, Exception, tuple, str, object"
"""Classes whose members nobody needs to read again."""


def write_reference(folder: Path) -> None:
    """Write a page for every room with public names, one for authors of plugins, one of the conformance kit."""
    folder.mkdir(parents=True, exist_ok=True)
    rooms = _by_room(zoo_core)
    pages = {room: _page(title, "", zoo_core, rooms[room]) for room, title in _TITLES.items()}
    own = sorted(set(plugin_api.__all__) - set(zoo_core.__all__))
    pages["index"] = _index(rooms)
    pages["plugin_api"] = _page("For plugins", _PLUGINS.format(names=_links(plugin_api)), plugin_api, own)
    pages["testing"] = _page("The conformance kit", _KIT, testing, testing.__all__)
    for name, text in pages.items():
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")


_PLUGINS = """\
What ``zoo_core.plugin_api`` offers beside the names of :doc:`zoo_core <index>` that authors of plugins need. All are
imported from it, whatever module they are in::

    from zoo_core.plugin_api import BackboneSettings, Component, hookimpl, mx

{names}
"""

_KIT = """\
:doc:`/conformance` tells how it is used. Each contract is a class of tests, and what a test says is a promise of the
part.
"""


def _by_room(module: ModuleType) -> dict[str, list[str]]:
    rooms: dict[str, list[str]] = {room: [] for room in _TITLES}
    for home, names in module._HOMES.items():  # noqa: SLF001 -- says where each name is from
        rooms[home.split(".")[1]].extend(names)
    return {room: sorted(names, key=str.lower) for room, names in rooms.items()}


def _index(rooms: dict[str, list[str]]) -> str:
    """All names with their first sentences, by page."""
    lines = [*_title("Python"), "Everything that ``import zoo_core as zoo`` offers.", ""]
    for room, title in _TITLES.items():
        lines += [f"**{title}**", "", ".. list-table::", "   :widths: 30 70", ""]
        for name in rooms[room]:
            lines += [f"   * - :py:obj:`~zoo_core.{name}`", f"     - {_summary(getattr(zoo_core, name))}"]
        lines.append("")
    return "\n".join([*lines, ".. toctree::", "   :hidden:", "", *(f"   {room}" for room in _TITLES), ""])


def _page(title: str, introduction: str, module: ModuleType, names: Iterable[str]) -> str:
    lines = [*_title(title), introduction, "", f".. currentmodule:: {module.__name__}", ""]
    for name in names:
        lines += [*_directive(name, getattr(module, name)), ""]
    return "\n".join(lines)


def _directive(name: str, value: object) -> list[str]:
    if inspect.isclass(value):
        lines = [f".. autoclass:: {name}", f"   :inherited-members: {_FOREIGN}"]
        lines.append(f"   :exclude-members: {', '.join(['model_config', *getattr(value, '_fields', ())])}")
        return lines if value.__bases__ == (object,) else [*lines, "   :show-inheritance:"]
    if inspect.isroutine(value):
        return [f".. autofunction:: {name}"]
    return [f".. py:data:: {name}", "", f"   {_said_below(name)}"]


def _said_below(name: str) -> str:
    """The string below a value in the module that it is from."""
    homes = [home for home, module in sys.modules.items() if home.startswith("zoo_core") and name in vars(module)]
    documented = (ModuleAnalyzer.for_module(home).find_attr_docs().get(("", name)) for home in homes)
    return " ".join(next(filter(None, documented), ["MXNet, made to run on today's Python."])).strip()


def _links(module: ModuleType) -> str:
    return ", ".join(
        f":py:obj:`~{(zoo_core if name in zoo_core.__all__ else module).__name__}.{name}`" for name in module.__all__
    )


def _summary(value: object) -> str:
    """The first paragraph of what something says of itself, on one line."""
    return " ".join((inspect.getdoc(value) or "").partition("\n\n")[0].split())


def _title(title: str) -> list[str]:
    return [title, "=" * len(title), ""]
