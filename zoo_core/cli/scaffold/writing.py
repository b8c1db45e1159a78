"""A new distribution from the templates beside this file.

The templates are themselves a working distribution, named ``zoo-newpart``: what all kinds
share, and in ``kinds`` what each kind has of its own or in place of it. So they can be read
and linted as they are, and making a plugin of them is no more than other words for a few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from zoo_core.cli.scaffold.names import NameTakenError, PluginNames, check_kind, check_names_are_free
from zoo_core.common.files import as_path, exists, is_folder, names_in, write_text, writing
from zoo_core.common.versions import plugin_requirement
from zoo_core.parts.kind_names import singular
from zoo_core.registry.registry import Registry

__all__ = ["NEW_KINDS", "new_plugin"]

_TEMPLATES = Path(__file__).with_name("templates")

_MODULES = {"backbone": "network", "anchors": "generator", "targets": "encoder", "loss": "loss", "dataset": "reader"}
"""What the module of the heavy half is called."""

NEW_KINDS = tuple(_MODULES)
"""The kinds for which there are templates."""

_BORROWED = {
    "backbone": '"backbone": "tinyssd"',
    "anchors": '"anchors": "multibox_prior"',
    "targets": '"targets": "multibox"',
    "loss": '"loss": "multibox"',
    "dataset": '"data": "shapes"',
}
"""The line of the example detector that the new part takes."""


def new_plugin(name: str, kind: str, folder: Path | None, registry: Registry) -> Path:
    """Write a distribution with one part that works and is to be changed.

    Args:
        name: of the distribution.
        kind: of the part, one of `NEW_KINDS`.
        folder: a new or empty folder; by default one with the name of the distribution.
        registry: in which the names of the part must be free.

    Returns:
        The folder.

    Raises:
        UnknownNameError: there is no such kind.
        PluginNameError: the name cannot be that of a package.
        NameTakenError: a name is taken, something is in the folder, or it cannot be written.
    """
    check_kind(kind, list(NEW_KINDS))
    names = PluginNames.of(name)
    check_names_are_free(names, kind, registry)
    folder = as_path(folder or names.distribution)
    if exists(folder) and (not is_folder(folder) or names_in(folder, NameTakenError)):
        raise NameTakenError(f"{folder}: already exists and is not empty; name another folder with --out")
    words = _words(names, kind)
    pattern = re.compile("|".join(map(re.escape, words)))
    with writing(folder, NameTakenError):
        for place, template in _files(kind):
            path = pattern.sub(lambda found: words[found[0]], str(place))
            text = template.read_text(encoding="utf-8")
            write_text(folder / path, pattern.sub(lambda found: words[found[0]], text))
    return folder


def _words(names: PluginNames, kind: str) -> dict[str, str]:
    """What stands in the templates, and what in its place; the first that fits is taken."""
    key = _BORROWED[kind].partition(":")[0]
    return {
        "zoo-core~=0.1.0": plugin_requirement(),
        "zoo-newpart": names.distribution,
        "zoo_newpart": names.package,
        "Newpart": names.title,
        "newpart": names.part,
        "newdetector": f"{names.part}_example",
        "newmodule": _MODULES[kind],
        "newkind": singular(kind),
        "newkey": key.strip('"'),
        _BORROWED[kind]: f'{key}: "{names.part}"',
    }


def _files(kind: str) -> Iterator[tuple[Path, Path]]:
    """Where each file goes, and its template: those of the kind in place of those of all kinds."""
    found: dict[Path, Path] = {}
    for root in (_TEMPLATES, _TEMPLATES / "kinds" / kind):
        for path in sorted(root.rglob("*")):
            place = path.relative_to(root)
            if path.is_file() and place.parts[0] != "kinds" and not any(map(_is_litter, place.parts)):
                found[place] = path
    yield from found.items()


def _is_litter(folder: str) -> bool:
    """What tools leave behind: an installer compiles all that ends in .py, templates too, and ruff keeps a cache."""
    return folder == "__pycache__" or folder.endswith("_cache")
