"""A new distribution from the templates beside this file.

The templates are themselves a working distribution, named ``zoo-newpart``: what all kinds
share, and in ``kinds`` what each kind has of its own or in place of it. So they can be read
and linted as they are, and making a plugin of them only replaces a few words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoo_core.cli.scaffold.names import NameTakenError, PluginNames, check_kind, check_names_are_free
from zoo_core.common.files import as_path, exists, is_folder, names_in
from zoo_core.common.tables import to_yaml
from zoo_core.common.versions import plugin_requirement
from zoo_core.common.writing import write_text, writing
from zoo_core.parts.components import KINDS
from zoo_core.parts.kind_names import singular
from zoo_core.registry.registry import Registry

__all__ = ["NEW_KINDS", "new_plugin"]

_TEMPLATES = Path(__file__).with_name("templates")

NEW_KINDS = tuple(kind for kind in KINDS if (_TEMPLATES / "kinds" / kind).is_dir())
"""The kinds for which there are templates: a folder for each."""

_SETTINGS = {
    "dataset": "data",
    "augmentation": "training.augmentation",
    "optimizer": "training.optimizer",
    "schedule": "training.schedule",
    "logger": "training.loggers",
}
"""Where a configuration names a part, where that is not called as its kind."""
_LISTED = ("augmentation", "logger")
"""The kinds of which a configuration has a list."""


def new_plugin(name: str, kind: str, folder: Path | None, registry: Registry) -> Path:
    """Write a distribution with one working part to start from.

    Args:
        name: name of the distribution.
        kind: kind of the part, one of `NEW_KINDS`.
        folder: a new or empty folder; by default one with the name of the distribution.
        registry: where the names of the part must be free.

    Returns:
        The folder.

    Raises:
        UnknownNameError: the kind does not exist.
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
    """Texts in the templates with their replacements; the first match is used."""
    module = next((path.stem for place, path in _files(kind) if _is_heavy(place)), None)
    return {
        **(_LIGHT_ALONE if module is None else {}),
        "zoo-core~=0.1.0": plugin_requirement(),
        "zoo-newpart": names.distribution,
        "zoo_newpart": names.package,
        "Newpart": names.title,
        "newkey:\n  name: newpart\n": to_yaml(_table(kind, {"name": names.part})),
        **_example(kind, names.part),
        "newpart": names.part,
        "newdetector": f"{names.part}_example",
        "newmodule": module or "",
        "newkind": singular(kind),
    }


_LIGHT_ALONE = {
    '\n            target="zoo_newpart.newmodule:Newpart",': "",
    "The parts: settings, and the class that is made from them.": "The parts: settings that do all of the work.",
    "| `src/zoo_newpart/newmodule.py` | the heavy half: made from the settings, "
    "imported only when it is needed |\n": "",
}
"""The same for parts of which nothing is made but their settings."""


def _is_heavy(place: Path) -> bool:
    """Whether a file of a template is the module of the heavy half."""
    return place.parts[0] == "src" and place.stem not in ("__init__", "plugin", "settings") and place.suffix == ".py"


def _table(kind: str, part: object) -> dict[str, Any]:
    """What a configuration says to choose a part."""
    *above, key = _SETTINGS.get(kind, kind).split(".")
    table: dict[str, Any] = {key: [part] if kind in _LISTED else part}
    return {above[0]: table} if above else table


def _example(kind: str, part: str) -> dict[str, str]:
    """The line of the example detector that names the new part, in place of another, or after the last."""
    ((key, value),) = _table(kind, part).items()
    new = f'"{key}": {value!r}'.replace("'", '"')
    text = (_TEMPLATES / "src" / "zoo_newpart" / "plugin.py").read_text(encoding="utf-8")
    if present := re.search(rf'"{key}": "\w+"', text):
        return {present[0]: new}
    return {_LAST_LINE: f"{_LAST_LINE}\n            {new},"}


_LAST_LINE = '"data": "shapes",'


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
