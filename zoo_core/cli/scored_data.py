"""The data set on which ``zoo eval`` scores: that of a configuration, or one that is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import ArgumentError, DatasetError
from zoo_core.common.messages import counted, listed
from zoo_core.config.absent_parts import why_absent
from zoo_core.config.labels import LabelledData
from zoo_core.config.overrides import parse_override
from zoo_core.data.opening import dataset_at, open_split
from zoo_core.data.readers.splits import Purpose
from zoo_core.parts.absent import Absent
from zoo_core.parts.components import DatasetSettings
from zoo_core.registry.registry import default_registry

__all__ = ["Opening", "Scored", "data_sets", "openings", "parted"]


Opening = Callable[[], Dataset]
"""Opens a data set; can be pickled."""


class Scored(NamedTuple):
    """What is scored: a detector, or a file of what one found.

    Attributes:
        name: for messages.
        classes: in the order of its labels; None where nothing says them, as in a file.
        data: gives the data set of its configuration, None where that names none; asked only when no other is given.
    """

    name: str
    classes: tuple[str, ...] | None = None
    data: Callable[[], DatasetSettings | None] = lambda: None


def openings(
    scored: Sequence[Scored], split: Purpose, folder: Path | None, overrides: Sequence[str], *, needs_images: bool
) -> list[Opening]:
    """What opens the data set for each of what is scored, with the classes in the order of the first.

    Args:
        scored: all of it.
        split: which images.
        folder: folder of the data set; that of each configuration when None.
        overrides: overrides of settings; those of data sets are for the one in the folder.
        needs_images: whether one that is missing is an error also where its annotation says its size.

    Raises:
        DatasetError: nothing says which data set or which classes are meant, or two cannot be the same.
    """
    classes = _common_classes(scored)
    if folder:
        return [partial(_in_folder, folder, classes, split, overrides, needs_images)] * len(scored)
    found: list[Opening] = []
    known = [each.data() for each in scored]
    for each, own in zip(scored, known, strict=True):
        settings = own or next(filter(None, known), None)
        if settings is None or classes is None:
            # A detector has its configuration; only a file of what one found can be given one.
            other_way = "" if each.classes else ", or a detector that has one with --config CONFIG"
            raise DatasetError(f"{each.name}: its data set is not known; give it with --data FOLDER{other_way}")
        if isinstance(settings, Absent):
            why = why_absent(settings, default_registry())
            raise DatasetError(f"{each.name}: its data set cannot be read: {why}; give another with --data FOLDER")
        labels = LabelledData.model_construct(classes=classes, data=settings)
        found.append(partial(open_split, labels, split, needs_images=needs_images))
    return found


def data_sets(scored: Sequence[Scored], given: Sequence[Opening]) -> list[Dataset]:
    """The data set for each of what is scored, from `openings`.

    Raises:
        DatasetError: one cannot be opened, or they have not equally many images.
    """
    opened = {opening: opening() for opening in dict.fromkeys(given)}
    datasets = [opened[opening] for opening in given]
    for each, dataset in zip(scored, datasets, strict=True):
        if len(dataset) != len(datasets[0]):
            raise DatasetError(
                f"{each.name}: its data set has {counted(len(dataset), 'image')}, and that of {scored[0].name} "
                f"has {len(datasets[0])}; name one data set for all, with --data or --set data..."
            )
    return datasets


def parted(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """The overrides that are for the data set, and the others."""
    of_data: list[str] = []
    others: list[str] = []
    for text in overrides:
        key = text.partition("=")[0].strip().partition(".")[0]
        (of_data if key == "data" else others).append(text)
    return of_data, others


def _common_classes(scored: Sequence[Scored]) -> tuple[str, ...] | None:
    known = [(each.name, each.classes) for each in scored if each.classes]
    for name, classes in known[1:]:
        first, expected = known[0]
        if set(classes) != set(expected):
            raise DatasetError(
                f"{name}: its classes ({listed(classes)}) are not those of {first} ({listed(expected)}); "
                "only runs with the same classes can be scored together"
            )
    return known[0][1] if known else None


def _in_folder(
    folder: Path, classes: Sequence[str] | None, split: Purpose, overrides: Sequence[str], needs_images: bool
) -> Dataset:
    given = dict(map(parse_override, overrides))
    if "data" in given:
        raise ArgumentError("--set data: with --data FOLDER single settings can be set, as data.broken=refuse")
    settings = {path.removeprefix("data."): value for path, value in given.items() if path.startswith("data.")}
    return dataset_at(folder, split, classes or given.get("classes"), settings, needs_images=needs_images)
