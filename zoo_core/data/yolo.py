"""Reads data sets of YOLO: a text file an image, and a data.yaml for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from zoo_core.data.annotated import AnnotatedReader, existing_folder
from zoo_core.data.images import IMAGE_SUFFIXES
from zoo_core.data.layouts import Box, Layout, to_corners
from zoo_core.data.records import Fault, FaultKind, ImageFile, RawObject, Record, as_number, inside
from zoo_core.data.splits import USUAL_SPLITS, name_of_split
from zoo_core.errors import DatasetError, ZooError, listed, shown
from zoo_core.files import (
    exists,
    files_below,
    is_file,
    is_folder,
    is_missing,
    names_in,
    read_text,
)
from zoo_core.tables import read_table
from zoo_core.unicode_names import as_it_is_called

__all__ = ["YoloReader"]


class YoloReader(AnnotatedReader):
    """Folders images and labels, and the file that names splits and classes."""

    @staticmethod
    def recognises(root: Path) -> bool:
        """A YAML file with splits and names of classes."""
        return any(_is_description(path) for path in _yaml_files(root))

    def splits(self) -> tuple[str, ...]:
        """The splits that data.yaml names."""
        table, _ = self._description()
        return tuple(split for split in USUAL_SPLITS if table.get(split))

    def class_names(self) -> tuple[str, ...]:
        """The names in data.yaml, by their numbers."""
        table, path = self._description()
        return tuple(_names(table, path).values())

    def records(self, split: str) -> list[Record]:
        """The images of a split, folder by folder, in the order of their names or of their list."""
        table, path = self._description()
        names = _names(table, path)
        key = split if table.get(split) else name_of_split(split, self.splits(), path)
        places = table[key] if isinstance(table[key], list) else [table[key]]
        base = self._base(table, path)
        images = [image for place in places for image in _images(base, self.root, place, path)]
        return [*(_record(image, names, self.root) for image in images), *_strays(images, self.root)]

    def _description(self) -> tuple[Mapping[str, Any], Path]:
        files = _yaml_files(existing_folder(self.root))
        found = [path for path in files if _is_description(path)]
        if len(found) == 1 or (found and found[0].name == "data.yaml"):
            return _content(found[0]), found[0]
        if found:
            several = listed(path.name for path in found)
            raise DatasetError(f"{self.root}: several files describe data sets ({several}); keep one, as data.yaml")
        why = f"{listed(path.name for path in files)} has no 'train' and 'names'" if files else "there is no data.yaml"
        raise DatasetError(f"{self.root}: is no data set of YOLO: {why}; write its splits and names of classes there")

    def _base(self, table: Mapping[str, Any], path: Path) -> Path:
        """Where splits are relative to: `path` in the file, where such a folder is here, else the root.

        That setting is mostly written for the computer of the author.
        """
        given = table.get("path")
        if isinstance(given, str) and not PurePosixPath(given).is_absolute() and ".." not in PurePosixPath(given).parts:
            folder = inside(self.root, given, path)
            return folder if is_folder(folder) else self.root
        return self.root


def _yaml_files(root: Path) -> list[Path]:
    """data.yaml first."""
    files = [root / name for name in names_in(root, DatasetError) if name.endswith((".yaml", ".yml"))]
    return sorted(files, key=lambda path: (path.name != "data.yaml", path.name))


def _content(path: Path) -> Mapping[str, Any]:
    try:
        return read_table(path)
    except ZooError as error:
        raise DatasetError(str(error)) from None


def _is_description(path: Path) -> bool:
    """Whether a file describes a data set; one that cannot be read does by its name, so that its fault is told."""
    try:
        return {"train", "names"} <= read_table(path).keys()
    except ZooError:
        return path.name == "data.yaml"


def _names(table: Mapping[str, Any], path: Path) -> dict[int, str]:
    """The name of each class by its number."""
    names = table.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not all(
        isinstance(number, int) and isinstance(name, str) for number, name in names.items()
    ):
        raise DatasetError(f"{path}: 'names' should be a list of names, or a table of numbers and names")
    return dict(sorted(names.items()))


def _images(base: Path, root: Path, place: object, path: Path) -> list[Path]:
    """The images of a folder, or of a list of files."""
    if not isinstance(place, str):
        raise DatasetError(f"{path}: a split is a folder of images or a list of files, not {shown(place)}")
    # Some tools write ../train/images for the folder beside data.yaml; YOLO's own loader forgives it.
    name = place.removeprefix("../") if exists(root / place.removeprefix("../")) else place
    found = inside(root if name != place else base, name, path)
    if is_folder(found):
        return [each for each in files_below(found, DatasetError) if each.suffix.lower() in IMAGE_SUFFIXES]
    try:
        lines = read_text(found, DatasetError).splitlines()
    except DatasetError as error:
        raise DatasetError(
            f"{path}: {place!r} is neither a folder of images nor a list of files ({error}); correct it"
        ) from None
    return [
        inside(base, line.strip().removeprefix("./"), f"{found}: line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def _record(image: Path, names: Mapping[int, str], root: Path) -> Record:
    inner = image.relative_to(root)
    labels = _labels_of(inner, root)
    image_id = inner.with_suffix("").as_posix()
    faults: list[Fault] = []
    if not is_file(image):
        remedy = "add it, or take it out of its list"
        faults.append(Fault(FaultKind.MISSING_IMAGE, str(image), "there is no such image", remedy))
    objects: Iterable[RawObject] = ()
    try:
        if not is_missing(labels):
            objects = tuple(_objects(labels, names))
    except DatasetError as error:
        faults.append(Fault.of(FaultKind.ANNOTATION, error))
    return Record(
        image_id, ImageFile(image), labels, tuple(objects), unit=True, layout=Layout.CENTERS, faults=tuple(faults)
    )


def _strays(images: list[Path], root: Path) -> Iterator[Record]:
    """Text files without an image, in the folders where those of the images are."""
    expected = {_labels_of(image.relative_to(root), root) for image in images}
    folders = {path.parent for path in expected if path.parent != root and is_folder(path.parent)}
    texts = (folder / name for folder in folders for name in names_in(folder, DatasetError) if name.endswith(".txt"))
    for path in sorted(path for path in texts if path not in expected):
        message, remedy = "there is no image for this file", "add the image, or take the file out"
        fault = Fault(FaultKind.MISSING_IMAGE, str(path), message, remedy)
        yield Record(path.stem, ImageFile(path), path, unit=True, faults=(fault,))


def _labels_of(inner: Path, root: Path) -> Path:
    """The last folder ``images`` on the way to an image becomes ``labels``."""
    parts = list(inner.parts)
    places = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    if places:
        parts[places[-1]] = "labels"
    return as_it_is_called(root.joinpath(*parts).with_suffix(".txt"))


def _objects(labels: Path, names: Mapping[int, str]) -> Iterator[RawObject]:
    for number, line in enumerate(read_text(labels, DatasetError).splitlines(), start=1):
        first, *rest = line.split() or [""]
        if not first:
            continue
        label = as_number(first)
        whole = label is not None and label == int(label)
        name = names.get(int(label), f"class {int(label)}") if label is not None and whole else f"class {first}"
        values = [as_number(each) for each in rest]
        box = _corners([value for value in values if value is not None]) if None not in values else None
        written = f"({', '.join(rest)})" if box else f"should be a class and four numbers, and is {shown(line.strip())}"
        yield RawObject(f"line {number}", name, box, written)


def _corners(values: list[float]) -> Box | None:
    """The corners of (cx, cy, width, height), or around a polygon (x, y, x, y, x, y ...)."""
    if len(values) == 4:
        return to_corners((values[0], values[1], values[2], values[3]), Layout.CENTERS)
    if len(values) >= 6 and len(values) % 2 == 0:
        return min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])
    return None
