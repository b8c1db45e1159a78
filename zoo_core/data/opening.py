"""Opens data sets: that of a configuration, or the one in a folder, whose reader is found by the files in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zoo_core.boxes.protocols import Dataset, DatasetReader
from zoo_core.common.arguments import FLAG, checked, one_of
from zoo_core.common.errors import ArgumentError, ConfigError, DatasetError, Problem, UnknownNameError, ZooError
from zoo_core.common.files import as_path
from zoo_core.common.messages import counted, did_you_mean, listed
from zoo_core.config.labels import LabelledData
from zoo_core.config.loading import ConfigSource, load_labels
from zoo_core.data.promises import PromisedDataset
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.annotated_dataset import AnnotatedDataset
from zoo_core.data.readers.folders import existing_folder, folders_in
from zoo_core.data.readers.records import Record
from zoo_core.data.readers.splits import Purpose, not_parted
from zoo_core.parts.components import DatasetSettings
from zoo_core.parts.settings import problems_of
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.registry import default_registry, make
from zoo_core.registry.targets import class_of

__all__ = ["as_annotated", "dataset", "dataset_at", "open_split", "reader_at"]

_FORMAT, _NAME = "--format {}", "--set data.name={}"
"""How a command is told the format of a folder."""
_MOST_FOLDERS = 100
"""In so many folders of one that is not recognised a data set is looked for: archives often hold it in a folder."""


def reader_at(
    root: Path,
    format: str | None = None,
    class_names: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    choice: str = _FORMAT,
) -> AnnotatedReader:
    """The reader for a folder, of plugins too.

    Args:
        root: the folder of the data set.
        format: the name of the reader; recognised by the files when None.
        class_names: given to readers that have a setting `classes`.
        settings: further settings of the reader.
        choice: how the format is given, for messages.

    Raises:
        DatasetError: no such folder, no format that is known, or several.
        UnknownNameError: no reader of annotated files has this name.
        ConfigError: the settings do not fit the reader.
    """
    root = existing_folder(as_path(root))
    if said := {"root", "name"} & {*(settings or {})}:
        raise ArgumentError(
            f"{listed(sorted(said))} cannot be set here: the root is {root}, and the format is said by "
            f"{choice.format('NAME')}"
        )
    readers = _readers()
    name = format or _recognised(root, readers, class_names, choice)
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
        except ZooError:  # `zoo plugins` reports broken ones
            continue
        if isinstance(target, type) and issubclass(target, AnnotatedReader):
            found[name] = target
    return found


def _recognised(
    root: Path, readers: Mapping[str, type[AnnotatedReader]], class_names: Sequence[str] | None, choice: str
) -> str:
    names = [name for name, reader in readers.items() if reader.recognises(root)]
    if len(names) == 1:
        return names[0]
    if names:
        options = listed(map(choice.format, names))
        raise DatasetError(f"{root}: matches several formats; choose one: {options}")
    folders = folders_in(root)[:_MOST_FOLDERS]
    within = next((each.name for each in folders if any(known.recognises(each) for known in readers.values())), None)
    hint = f"did you mean {root / within}?" if within else "docs/data.md shows the expected folders; tried:"
    tried = [f"{name}: {_why_not(name, reader, root, class_names, choice)}" for name, reader in readers.items()]
    raise DatasetError("\n  ".join([f"{root}: is not in a known format; {hint}", *tried]))


def _why_not(
    name: str, reader: type[AnnotatedReader], root: Path, class_names: Sequence[str] | None, choice: str
) -> str:
    """Why a format was not recognised; or, where its reader finds images all the same, how to have them read."""
    missing = _looked_for(reader)
    try:
        made = _made(name, root, class_names, {})
        for split in made.splits()[:1]:
            if count := sum(not record.faults for record in made.records(split)):
                return f"{missing}; but {choice.format(name)} reads split {split!r} ({counted(count, 'image')})"
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
def dataset(config: ConfigSource, split: Purpose = "validation", *, needs_images: bool = True) -> Dataset:
    """The images of a configuration's data set on which it trains or is scored.

    Args:
        config: a configuration, or anything that `load_config` takes; ``classes`` and ``data`` are enough, and no other
            part need be installed.
        split: which images.
        needs_images: whether one that is missing is an error also where its annotation says its size.

    Raises:
        ConfigError: the configuration names no data set.
        DatasetError: the data set is missing, broken, or does not fit the classes.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    return open_split(load_labels(config), split, needs_images=needs_images)


def open_split(labels: LabelledData, split: Purpose = "validation", *, needs_images: bool = True) -> Dataset:
    """The same of what was read of a configuration.

    Raises:
        ConfigError, DatasetError: as `dataset`.
    """
    if labels.data is None:
        raise ConfigError("data", [Problem("data", "is required for this, and was not given")])
    return _opened(make(labels.data), labels.data, split, labels.classes, needs_images)


def dataset_at(
    root: str | Path,
    split: Purpose = "validation",
    class_names: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    needs_images: bool = True,
) -> Dataset:
    """The images in a folder on which a detector is trained or scored; all of them where there are no splits.

    Args:
        root: the folder of a data set.
        split: which images.
        class_names: in the order of the labels; by default those that the data set lists.
        settings: further settings of the reader, and its name where the files do not say which it is.
        needs_images: whether one that is missing is an error also where its annotation says its size.

    Raises:
        DatasetError: as `reader_at`; or the data set is faulty, does not fit the classes, or nothing says them.
        ConfigError: the settings do not fit the reader.
    """
    given = dict(settings or {})
    name = given.pop("name", None)
    reader = reader_at(Path(root), None if name is None else str(name), class_names, given, choice=_NAME)
    if "validation" not in given and not_parted(there := reader.splits()):
        reader = _made(reader.settings.name, reader.root, class_names, {**given, "validation": there[0]})
    names = class_names or reader.class_names()
    if not names:
        raise DatasetError(
            f"{root}: has no list of its classes; give them in the order of their numbers: --set classes=[cat,dog]"
        )
    return _opened(reader, reader.settings, split, tuple(names), needs_images)


def _opened(
    reader: DatasetReader, settings: DatasetSettings, split: Purpose, class_names: tuple[str, ...], needs_images: bool
) -> Dataset:
    if isinstance(reader, AnnotatedReader):
        reader.needs_images = needs_images
    opened = reader.train(class_names) if split == "train" else reader.validation(class_names)
    return opened if isinstance(opened, AnnotatedDataset) else PromisedDataset(opened, settings, class_names)


def as_annotated(
    reader: AnnotatedReader, split: str | None, class_names: Sequence[str] | None, first: Sequence[str] = ()
) -> AnnotatedDataset:
    """A split with whatever classes it has, broken boxes left out: to be looked at, and not to learn from.

    Args:
        reader: of the data set.
        split: its name; the first one when None.
        class_names: only these are there; by default all.
        first: classes that come before all others, as those of a detector, so that they have its colours.

    Raises:
        DatasetError: the split does not exist, or something that is needed cannot be read.
    """
    name = split or reader.parts()[0]
    records = reader.part(name)
    names = class_names or [*first, *_classes_of(reader, records)]
    settings = reader.settings.model_copy(update={"broken": "skip", "other_classes": "skip"})
    return AnnotatedDataset(f"{reader.root} ({name})", records, settings, tuple(dict.fromkeys(names)))


def _classes_of(reader: AnnotatedReader, records: Sequence[Record]) -> list[str]:
    """The classes of a data set, in the same order whichever split is shown, so that each keeps its colour."""
    found, listed_names = _names_in(records), reader.class_names()
    if listed_names is None:
        for split in reader.parts():
            with suppress(DatasetError):  # one that cannot be read does not hide the others
                found |= _names_in(reader.part(split))
    return [*(listed_names or ()), *sorted(found)]


def _names_in(records: Iterable[Record]) -> set[str]:
    return {each.name for record in records for each in record.objects}
