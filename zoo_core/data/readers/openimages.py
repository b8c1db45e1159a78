"""Reads data sets of Open Images: a CSV file of boxes a split, and one that says what the labels are called."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import listed
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.csv_lines import csv_lines, csv_table
from zoo_core.data.readers.folders import (
    existing_folder,
    exists_strict,
    files_in,
    files_in_tree,
    folders_in,
    is_folder_strict,
)
from zoo_core.data.readers.image_lookup import Located, missing
from zoo_core.data.readers.layouts import Box
from zoo_core.data.readers.records import ImageFile, RawObject, Record, as_number
from zoo_core.data.readers.splits import WHOLE, name_of_split
from zoo_core.data.settings import OpenImagesSettings

__all__ = ["OpenImagesReader"]

_FOLDERS = ("", "annotations", "labels", "csv", "csv_folder")
"""Where the files are looked for: here, and where Datumaro, CVAT and OIDv4_ToolKit put them."""
_BOXES = re.compile(r"(?:oidv\d+-)?(?:challenge-\d+-)?(?P<split>.+?)-(?:annotations|detection)-bbox\.csv")
_DESCRIPTIONS = re.compile(r".*class-descriptions.*\.csv")
_FIFTYONE = "labels/detections.csv", "metadata/classes.csv"
"""In the folder of a split, or in that of a data set without splits."""
_COLUMNS = ("imageid", "labelname", "xmin", "xmax", "ymin", "ymax")
_USUAL = IMAGE_SUFFIXES[0]
_OR_SKIP = "skip the lines of all such images with data.missing_images=skip"
_SIDES = ("xmin", "ymin", "xmax", "ymax")


class OpenImagesReader(AnnotatedReader):
    """Files called as train-annotations-bbox.csv, class descriptions, and a folder of images a split."""

    def __init__(self, settings: OpenImagesSettings) -> None:
        super().__init__(settings)
        self._skips = settings.missing_images == "skip"

    @staticmethod
    def recognises(root: Path) -> bool:
        """A file called as train-annotations-bbox.csv, here, in annotations or csv_folder, or labels/detections.csv."""
        return bool(_files(root))

    def splits(self) -> tuple[str, ...]:
        """The splits of which there is a file."""
        return tuple(_files(existing_folder(self.root)))

    def class_names(self) -> tuple[str, ...] | None:
        """The names in the class descriptions, in their order; None without descriptions."""
        return tuple(dict.fromkeys(_names(self.root).values())) or None

    def records(self, split: str) -> list[Record]:
        """The images in the order in which the file first names them; then those of a list that have no boxes."""
        files = _files(existing_folder(self.root))
        name = name_of_split(split, files, self.root / "*-annotations-bbox.csv")
        path, names, folder = files[name], _names(self.root), _image_folder(self.root, name)
        images = _images(folder)
        objects: dict[str, list[RawObject]] = {}
        places: dict[str, str] = {}
        for line, row in csv_table(path, partial(_columns, path)):
            image = row["imageid"].strip()
            if self._skips and image not in images:
                continue
            places.setdefault(image, f"{path}: line {line}")
            objects.setdefault(image, []).append(_object(line, row, names))
        for place, image in _listed(path.with_name(f"{name}-image_ids_and_rotation.csv")):
            if image in images or not self._skips:
                places.setdefault(image, place)
                objects.setdefault(image, [])
        return [_record(image, found, path, images, folder, places[image]) for image, found in objects.items()]


def _record(
    image: str, objects: Sequence[RawObject], path: Path, images: Mapping[str, Path], folder: Path, place: str
) -> Record:
    file = images.get(image)
    found = Located(ImageFile(file)) if file else missing(folder / f"{image}{_USUAL}", place, _OR_SKIP)
    return Record(image, found.image, path, tuple(objects), unit=True, faults=found.faults)


def _files(root: Path) -> dict[str, Path]:
    """The file of boxes of each split.

    Raises:
        DatasetError: a folder where one may be cannot be looked into.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in _FOLDERS for path in files_in(root / folder)):
        if match := _BOXES.fullmatch(path.name):
            found.setdefault(match["split"], path)
    for name, folder in [(each.name, each) for each in folders_in(root)] + [(WHOLE, root)]:
        if exists_strict(folder / _FIFTYONE[0]):
            found.setdefault(name, folder / _FIFTYONE[0])
    return found


def _listed(path: Path) -> Iterator[tuple[str, str]]:
    """Place and name of the images of a split, those without boxes too, where Datumaro or CVAT wrote a list of them."""
    if exists_strict(path):
        for line, cells in itertools.islice(csv_lines(path), 1, None):
            yield f"{path}: line {line}", cells[0].strip()


def _image_folder(root: Path, split: str) -> Path:
    """Where the images of a split are, as FiftyOne, Datumaro, OIDv4_ToolKit or a hand puts them."""
    places = (f"{split}/data", split, f"images/{split}", f"Dataset/{split}", "images", "data")
    return next((root / place for place in places if is_folder_strict(root / place)), root)


def _images(folder: Path) -> dict[str, Path]:
    """The images below a folder by their names without ending; one walk is faster than a look for each of a million."""
    found: dict[str, Path] = {}
    for path in files_in_tree(folder):
        if path.suffix.lower() in IMAGE_SUFFIXES:
            found.setdefault(path.stem, path)
    return found


def _names(root: Path) -> dict[str, str]:
    """What each label is called; the boxable classes where there is a list of them.

    Raises:
        DatasetError: the list cannot be read.
    """
    lists = [path for folder in _FOLDERS for path in files_in(root / folder) if _DESCRIPTIONS.fullmatch(path.name)]
    lists.sort(key=lambda path: "boxable" not in path.name)
    files = [
        *lists,
        *(folder / _FIFTYONE[1] for folder in (*folders_in(root), root) if exists_strict(folder / _FIFTYONE[1])),
    ]
    for path in files:
        lines = [[cell.strip() for cell in cells[:2]] for _, cells in csv_lines(path)]
        if any(len(cells) < 2 for cells in lines):
            raise DatasetError(f"{path}: each line should have a label and its name, such as /m/0k4j,Car")
        return {label: name for label, name in lines if label.lower() != "labelname"}
    return {}


def _columns(path: Path, cells: Sequence[str]) -> tuple[Sequence[str], bool]:
    columns = [cell.strip().lower() for cell in cells]
    if not {*_COLUMNS} <= {*columns}:
        raise DatasetError(
            f"{path}: the first line should name the columns ImageID, LabelName, XMin, XMax, YMin, YMax; "
            f"it has {listed(cells)}"
        )
    return columns, False


def _object(line: int, row: Mapping[str, str], names: Mapping[str, str]) -> RawObject:
    label, sides = row.get("labelname", "").strip(), [row.get(side, "").strip() for side in _SIDES]
    numbers = [as_number(side) for side in sides]
    known = [number for number in numbers if number is not None]
    box: Box | None = (known[0], known[1], known[2], known[3]) if len(known) == len(_SIDES) else None
    written = f"({', '.join(sides)})"
    return RawObject(
        f"line {line}",
        names.get(label, label),
        box,
        written if box else f"its XMin, YMin, XMax, YMax should be numbers, but are {written}",
        crowd=row.get("isgroupof", "").strip() == "1",
    )
