"""Reads data sets in CSV files: an object a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import listed
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.csv_lines import Row, csv_table
from zoo_core.data.readers.folders import existing_folder, files_in, folders_in, is_file_strict
from zoo_core.data.readers.image_lookup import located
from zoo_core.data.readers.layouts import Layout, to_corners
from zoo_core.data.readers.records import RawObject, Record, as_number
from zoo_core.data.readers.splits import USUAL_SPLITS, VALIDATION, name_of_split, usual_splits
from zoo_core.data.readers.voc_images import VocImages
from zoo_core.data.settings import CsvSettings
from zoo_core.parts.geometry import ImageSize

__all__ = ["CsvReader"]

_TENSORFLOW, _FOLDERS = "_labels.csv", ("", "data", "annotations", "images")
"""How the files of TensorFlow's tutorials end, and where they are."""
_ROBOFLOW = "_annotations.csv"
"""What Roboflow calls the file of a split, in the folder of its images; its export for TensorFlow is called so too."""
_LISTS_OF_CLASSES = ("classes.csv", "_classes.csv")
"""As keras-retinanet has them beside the files of its splits."""
_IMAGE = ("filename", "file_name", "path", "image", "image_path", "image_name", "image_id", "img")
_CLASS = ("class", "class_name", "label", "name", "category")
_CORNERS = (("xmin", "ymin", "xmax", "ymax"), ("x1", "y1", "x2", "y2"), ("x_min", "y_min", "x_max", "y_max"))
_SIZES = (("x", "y", "w", "h"),)
_WITHOUT_HEADER = ("path", "x1", "y1", "x2", "y2", "class")


class CsvReader(AnnotatedReader):
    """CSV files named after their splits."""

    def __init__(self, settings: CsvSettings) -> None:
        super().__init__(settings)
        self._unit = settings.unit

    @staticmethod
    def recognises(root: Path) -> bool:
        """A file train.csv, train_labels.csv (here or in train), train/_annotations.csv or the like."""
        return not {*USUAL_SPLITS}.isdisjoint(map(str.lower, _files(root)))

    def splits(self) -> tuple[str, ...]:
        """The splits of which there is a file."""
        return usual_splits(_files(existing_folder(self.root)))

    def name_of(self, split: str) -> str:
        """Where there is no split to validate on, ``val`` is ``test``: TensorFlow's tutorials write train and test."""
        there = _files(existing_folder(self.root))
        is_test = split in VALIDATION and "test" in there and {*VALIDATION}.isdisjoint(there)
        return "test" if is_test else name_of_split(split, there, self.root / "*.csv")

    def records(self, split: str) -> list[Record]:
        """The images in the order in which the file first names them."""
        name, files = self.name_of(split), _files(existing_folder(self.root))
        by_image: dict[str, list[Row]] = {}
        for row in csv_table(files[name], partial(_columns, files[name])):
            by_image.setdefault(_cell(row[1], _IMAGE), []).append(row)
        folders = _image_folders(self.root, name, files[name])
        images = VocImages()
        return [self._record(image, rows, files[name], folders, images) for image, rows in by_image.items()]

    def _record(self, image: str, rows: list[Row], path: Path, folders: Sequence[Path], images: VocImages) -> Record:
        file, faults = located(image, folders, path, f"{path}: line {rows[0][0]}", images)
        objects = tuple(_object(*row) for row in rows if not _is_empty(row[1]))
        return Record(image, file, path, objects, _size(rows[0][1]), self._unit, _layout(rows[0][1]), faults)


def _files(root: Path) -> dict[str, Path]:
    """The file of each split, by the name of the split.

    Raises:
        DatasetError: a folder where one may be cannot be looked into.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in _FOLDERS for path in files_in(root / folder)):
        if path.name.endswith(_TENSORFLOW):
            found.setdefault(path.name.removesuffix(_TENSORFLOW), path)
    for folder in folders_in(root):
        for name in (_ROBOFLOW, f"{folder.name}{_TENSORFLOW}"):
            if is_file_strict(folder / name):
                found.setdefault(folder.name, folder / name)
    others = [path for path in files_in(root) if path.suffix.lower() == ".csv" and path.name not in _LISTS_OF_CLASSES]
    return {path.stem: path for path in others if path not in found.values()} | found


def _image_folders(root: Path, split: str, path: Path) -> list[Path]:
    """Where the images of a file may be, the folders of its split first: names may be there once for each split."""
    names = dict.fromkeys((split, path.stem))
    of_split = [folder / name for name in names for folder in (root / "images", root)]
    return list(dict.fromkeys([*of_split, path.parent, root / "images", root]))


def _columns(path: Path, cells: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The names of the columns, and whether the first line is one of objects already.

    Raises:
        DatasetError: columns are missing.
    """
    numbers = [not cell or as_number(cell) is not None for cell in cells[1:5]]
    if len(cells) == len(_WITHOUT_HEADER) and all(numbers):
        return _WITHOUT_HEADER, True
    columns = {cell.strip().lower() for cell in cells}
    boxes = any({*names} <= columns for names in (*_CORNERS, *_SIZES))
    if not boxes or columns.isdisjoint(_IMAGE) or columns.isdisjoint(_CLASS):
        raise DatasetError(
            f"{path}: the first line should name the columns filename, class, xmin, ymin, xmax, ymax, in any order; "
            f"it has {listed(cells)}"
        )
    return [cell.strip().lower() for cell in cells], False


def _cell(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((row[name].strip() for name in names if name in row), "")


def _box_cells(row: Mapping[str, str]) -> list[str]:
    names = next((names for names in (*_CORNERS, *_SIZES) if {*names} <= row.keys()), ())
    return [row[name].strip() for name in names]


def _is_empty(row: Mapping[str, str]) -> bool:
    """Whether a line stands for an image without objects."""
    return not any(_box_cells(row)) and not _cell(row, _CLASS)


def _size(row: Mapping[str, str]) -> ImageSize | None:
    height, width = (as_number(row.get(name, "")) for name in ("height", "width"))
    return ImageSize(int(height), int(width)) if height and width and min(height, width) >= 1 else None


def _object(line: int, row: Mapping[str, str]) -> RawObject:
    cells = _box_cells(row)
    values = [as_number(cell) for cell in cells]
    numbers = [value for value in values if value is not None]
    name = _cell(row, _CLASS)
    if len(numbers) != 4:
        written = f"its box should be four numbers, but is ({', '.join(cells)})"
        return RawObject(f"line {line}", name, None, written)
    first, second, third, fourth = numbers
    box = to_corners((first, second, third, fourth), _layout(row))
    return RawObject(f"line {line}", name, box, f"({', '.join(cells)})")


def _layout(row: Mapping[str, str]) -> Layout:
    return Layout.CORNERS if any({*names} <= row.keys() for names in _CORNERS) else Layout.SIZES
