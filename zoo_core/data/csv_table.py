"""Reads data sets in CSV files: an object a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from zoo_core.data.annotated import AnnotatedReader, existing_folder
from zoo_core.data.layouts import Layout, to_corners
from zoo_core.data.records import Fault, FaultKind, ImageFile, RawObject, Record, as_number, inside
from zoo_core.data.settings import CsvSettings
from zoo_core.data.splits import USUAL_SPLITS, name_of_split, usual_splits
from zoo_core.errors import DatasetError, listed
from zoo_core.files import is_file, reading
from zoo_core.geometry import ImageSize

__all__ = ["CsvReader"]

_IMAGE = ("filename", "file_name", "path", "image", "image_path", "img")
_CLASS = ("class", "class_name", "label", "name", "category")
_CORNERS = (("xmin", "ymin", "xmax", "ymax"), ("x1", "y1", "x2", "y2"), ("x_min", "y_min", "x_max", "y_max"))
_SIZES = (("x", "y", "w", "h"),)
_WITHOUT_HEADER = ("path", "x1", "y1", "x2", "y2", "class")

_MOST_BYTES = 1 << 32
"""A larger file is not read: 4 GB; that of OpenImages, the largest that is published, has 2."""
_LONGEST_LINE = 1 << 20
"""Characters that are taken for a line, so that a file without line breaks does not fill the memory."""

_Row = tuple[int, Mapping[str, str]]
"""The number of a line, and its cells by the names of their columns."""


class CsvReader(AnnotatedReader):
    """CSV files named after their splits."""

    def __init__(self, settings: CsvSettings) -> None:
        super().__init__(settings)
        self._unit = settings.unit

    @staticmethod
    def recognises(root: Path) -> bool:
        """A CSV file that is called as a split usually is."""
        return any(is_file(root / f"{split}.csv") for split in USUAL_SPLITS)

    def splits(self) -> tuple[str, ...]:
        """The names of the files."""
        return usual_splits(self._files())

    def _files(self) -> dict[str, Path]:
        return {path.stem: path for path in sorted(existing_folder(self.root).glob("*.csv"))}

    def records(self, split: str) -> list[Record]:
        """The images in the order in which the file first names them."""
        files = self._files()
        path = files[name_of_split(split, files, self.root / "*.csv")]
        by_image: dict[str, list[_Row]] = {}
        for row in _rows(path):
            by_image.setdefault(_cell(row[1], _IMAGE), []).append(row)
        folders = (self.root, self.root / "images", self.root / path.stem)
        return [self._record(image, rows, path, folders) for image, rows in by_image.items()]

    def _record(self, image: str, rows: list[_Row], path: Path, folders: tuple[Path, ...]) -> Record:
        place = f"{path}: line {rows[0][0]}"
        try:
            files = [inside(folder, image, place) for folder in folders]
        except DatasetError as error:
            return Record(image, ImageFile(path), path, faults=(Fault.of(FaultKind.ANNOTATION, error),))
        file = next(filter(is_file, files), files[0])
        faults: tuple[Fault, ...] = ()
        if not is_file(file):
            remedy = f"add it, or take it out of {place}"
            faults = (Fault(FaultKind.MISSING_IMAGE, str(file), "there is no such image", remedy),)
        objects = tuple(_object(*row) for row in rows if not _is_empty(row[1]))
        layout = _layout(rows[0][1])
        return Record(image, ImageFile(file), path, objects, _size(rows[0][1]), self._unit, layout, faults)


def _rows(path: Path) -> Iterator[_Row]:
    """The lines that are not blank.

    Raises:
        DatasetError: the file cannot be read, or columns are missing.
    """
    try:
        with reading(path, DatasetError, _MOST_BYTES) as content:
            file = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
            reader = csv.reader(iter(partial(file.readline, _LONGEST_LINE), ""), strict=True)
            first = next(reader, [])
            columns = tuple(cell.strip().lower() for cell in first)
            if len(first) == len(_WITHOUT_HEADER) and all(
                not cell or as_number(cell) is not None for cell in first[1:5]
            ):
                columns = _WITHOUT_HEADER
                yield 1, dict(zip(columns, first, strict=True))
            _check_columns(columns, path)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, dict(zip(columns, cells, strict=False))
    except (csv.Error, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: is no CSV in UTF-8 ({error}); write it anew") from None


def _check_columns(columns: tuple[str, ...], path: Path) -> None:
    boxes = any({*names} <= {*columns} for names in (*_CORNERS, *_SIZES))
    if not boxes or not {*columns} & {*_IMAGE} or not {*columns} & {*_CLASS}:
        raise DatasetError(
            f"{path}: the first line should name the columns filename, class, xmin, ymin, xmax, ymax, in any order; "
            f"it has {listed(columns)}"
        )


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
        written = f"its box should be four numbers, and is ({', '.join(cells)})"
        return RawObject(f"line {line}", name, None, written)
    first, second, third, fourth = numbers
    box = to_corners((first, second, third, fourth), _layout(row))
    return RawObject(f"line {line}", name, box, f"({', '.join(cells)})")


def _layout(row: Mapping[str, str]) -> Layout:
    return Layout.CORNERS if any({*names} <= row.keys() for names in _CORNERS) else Layout.SIZES
