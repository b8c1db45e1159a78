"""Finds the reader for a folder by the files in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zoo_core.component_class import import_target
from zoo_core.data.annotated import AnnotatedReader, existing_folder
from zoo_core.errors import ConfigError, DatasetError, UnknownNameError, ZooError, did_you_mean, listed
from zoo_core.files import as_path
from zoo_core.registry import default_registry, settings_from
from zoo_core.settings import problems_of

__all__ = ["reader_at"]


def reader_at(
    root: Path,
    format: str | None = None,
    class_names: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> AnnotatedReader:
    """The reader for a folder, of plugins too.

    Args:
        root: the folder of the data set.
        format: the name of the reader; recognised by the files when None.
        class_names: given to readers that have a setting `classes`.
        settings: further settings of the reader.

    Raises:
        DatasetError: there is no such folder, no format that is known, or several.
        UnknownNameError: no reader of annotated files has this name.
        ConfigError: the settings do not fit the reader.
    """
    root = existing_folder(as_path(root))
    readers = _readers()
    name = format or _recognised(root, readers)
    if name not in readers:
        guess = did_you_mean(name, readers, ";")
        raise UnknownNameError(f"no reader of annotated files is named {name!r}{guess} formats: {listed(readers)}")
    table = {"name": name, "root": root, **(settings or {})}
    registry = default_registry()
    if class_names and "classes" in registry.component("dataset", name).settings.model_fields:
        table.setdefault("classes", tuple(class_names))
    try:
        reader: AnnotatedReader = registry.make(settings_from(registry, "dataset", table))
    except ValidationError as error:
        raise ConfigError(f"{root}: data set of format {name!r}", problems_of(error)) from None
    return reader


def _readers() -> dict[str, type[AnnotatedReader]]:
    """The readers of annotated files that can be imported."""
    found = {}
    for name, component in default_registry().components("dataset").items():
        try:
            target = import_target(component)
        except ZooError:  # `zoo plugins` is where a broken one is told
            continue
        if isinstance(target, type) and issubclass(target, AnnotatedReader):
            found[name] = target
    return found


def _recognised(root: Path, readers: Mapping[str, type[AnnotatedReader]]) -> str:
    names = [name for name, reader in readers.items() if reader.recognises(root)]
    if len(names) == 1:
        return names[0]
    if names:
        raise DatasetError(f"{root}: looks like data of several formats ({listed(names)}); say which is meant")
    raise DatasetError(f"{root}: is of no format that is known ({listed(readers)}); docs/data.md shows their folders")
