"""Finds the reader for a folder by the files in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from zoo_core.common.arguments import FLAG, checked, one_of
from zoo_core.common.errors import ConfigError, DatasetError, Problem, UnknownNameError, ZooError
from zoo_core.common.files import as_path
from zoo_core.common.messages import counted, did_you_mean, listed
from zoo_core.config.loading import ConfigSource, load_config
from zoo_core.data.readers.annotated import AnnotatedReader, existing_folder
from zoo_core.data.readers.folders import folders_in
from zoo_core.parts.settings import problems_of
from zoo_core.registry.registry import default_registry, make, settings_from
from zoo_core.registry.targets import class_of

if TYPE_CHECKING:
    from zoo_core.boxes.protocols import Dataset

__all__ = ["dataset", "reader_at"]

_MOST_FOLDERS = 100
"""In so many folders of one that is not recognised a data set is looked for: archives often hold it in a folder."""


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
        DatasetError: no such folder, no format that is known, or several.
        UnknownNameError: no reader of annotated files has this name.
        ConfigError: the settings do not fit the reader.
    """
    root = existing_folder(as_path(root))
    readers = _readers()
    name = format or _recognised(root, readers, class_names)
    if name not in readers:
        guess = did_you_mean(name, readers, ";")
        raise UnknownNameError(f"no dataset reader is named {name!r}{guess} formats: {listed(readers)}")
    return _made(name, root, class_names, settings or {})


def _made(name: str, root: Path, class_names: Sequence[str] | None, settings: Mapping[str, Any]) -> AnnotatedReader:
    table = {"name": name, "root": root, **settings}
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
            target = class_of(component)
        except ZooError:  # `zoo plugins` is where a broken one is told
            continue
        if isinstance(target, type) and issubclass(target, AnnotatedReader):
            found[name] = target
    return found


def _recognised(root: Path, readers: Mapping[str, type[AnnotatedReader]], class_names: Sequence[str] | None) -> str:
    names = [name for name, reader in readers.items() if reader.recognises(root)]
    if len(names) == 1:
        return names[0]
    if names:
        options = listed(f"--format {name}" for name in names)
        raise DatasetError(f"{root}: matches several formats; choose one: {options}")
    folders = folders_in(root)[:_MOST_FOLDERS]
    within = next((each.name for each in folders if any(known.recognises(each) for known in readers.values())), None)
    hint = f"did you mean {root / within}?" if within else "docs/data.md shows the expected folders; tried:"
    tried = [f"{name}: {_why_not(name, reader, root, class_names)}" for name, reader in readers.items()]
    raise DatasetError("\n  ".join([f"{root}: is not in a known format; {hint}", *tried]))


def _why_not(name: str, reader: type[AnnotatedReader], root: Path, class_names: Sequence[str] | None) -> str:
    """Why a format was not recognised; or, where its reader finds images all the same, how to have them read."""
    missing = _looked_for(reader)
    try:
        made = _made(name, root, class_names, {})
        for split in made.splits()[:1]:
            if count := sum(not record.faults for record in made.records(split)):
                return f"{missing}; but --format {name} reads split {split!r} ({counted(count, 'image')})"
    except ConfigError:  # it has settings that cannot be guessed, as classes
        return missing
    except DatasetError as error:
        return str(error).removeprefix(f"{root}: ")
    return missing


def _looked_for(reader: type[AnnotatedReader]) -> str:
    """What `recognises` did not find: the first line of its docstring says what it looks for."""
    first = (reader.recognises.__doc__ or "").strip().partition("\n")[0].removesuffix(".")
    article, _, thing = first.partition(" ")
    return f"there is no {thing}" if article in ("A", "An") else "its reader does not recognise the folder"


@checked(split=one_of("train", "validation"), needs_images=FLAG)
def dataset(
    config: ConfigSource, split: Literal["train", "validation"] = "validation", *, needs_images: bool = True
) -> Dataset:
    """The images of a configuration's data set on which it trains or is scored.

    Args:
        config: a configuration, or anything that `load_config` takes.
        split: which images.
        needs_images: whether one that is missing is an error also where its annotation says its size.

    Raises:
        ConfigError: the configuration names no data set.
        DatasetError: the data set is missing, faulty, or does not fit the classes.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    settings = load_config(config)
    if settings.data is None:
        raise ConfigError("data", [Problem("data", "is required for this, and was not given")])
    reader = make(settings.data)
    if hasattr(reader, "needs_images"):
        reader.needs_images = needs_images
    opened: Dataset = getattr(reader, split)(settings.classes)
    return opened
