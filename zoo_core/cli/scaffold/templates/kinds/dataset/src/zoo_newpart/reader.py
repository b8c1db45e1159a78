"""The heavy half: images and their objects."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from zoo_core import DatasetError, Sample
from zoo_core.plugin_api import read_image

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart", "NewpartImages"]

_CORNERS = ("x1", "y1", "x2", "y2")
_COLUMNS = ("image", "class", *_CORNERS)

_Object = tuple[str, tuple[float, ...]]
"""A class name and a box (x1, y1, x2, y2) in pixels."""


class Newpart:
    """Opens the tables; see `NewpartSettings`.

    Implements `zoo_core.boxes.protocols.DatasetReader`.
    """

    def __init__(self, settings: NewpartSettings) -> None:
        self.settings = settings

    def train(self, class_names: Sequence[str]) -> NewpartImages:
        """The images to train on; see `NewpartImages` for the errors."""
        return NewpartImages(self.settings.root / self.settings.train, class_names)

    def validation(self, class_names: Sequence[str]) -> NewpartImages:
        """The images to score on."""
        return NewpartImages(self.settings.root / self.settings.validation, class_names)


class NewpartImages:
    """The images of a table; implements `zoo_core.boxes.protocols.Dataset`.

    Args:
        table: the file; its images lie in the same folder.
        class_names: the classes, in the order of their labels.

    Raises:
        DatasetError: the table cannot be read, or has objects of other classes.
    """

    def __init__(self, table: Path, class_names: Sequence[str]) -> None:
        self.class_names = tuple(class_names)
        self._folder = table.parent
        self._objects, self.problems = _read(table)
        found = {name for objects in self._objects.values() for name, _ in objects}
        if strange := sorted(found.difference(class_names)):
            raise DatasetError(f"{table}: has objects of classes that are not configured: {', '.join(strange)}")
        self._images = sorted(self._objects)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        """Read an image.

        Raises:
            DatasetError: it is missing, or no image.
        """
        name = self._images[index]
        objects = self._objects[name]
        return Sample(
            image=read_image(self._folder / name),
            boxes=np.array([box for _, box in objects], dtype=np.float32).reshape(-1, 4),
            labels=np.array([self.class_names.index(each) for each, _ in objects], dtype=np.int64),
            difficult=np.zeros(len(objects), dtype=np.bool_),
            crowd=np.zeros(len(objects), dtype=np.bool_),
            image_id=name,
        )


def _read(table: Path) -> tuple[dict[str, list[_Object]], tuple[str, ...]]:
    """The objects of each image, and what was wrong with the rows that are left out."""
    objects: dict[str, list[_Object]] = {}
    problems = []
    try:
        with table.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if missing := set(_COLUMNS).difference(rows.fieldnames or ()):
                raise DatasetError(f"{table}: has no column {', '.join(sorted(missing))}")
            for row in rows:
                found = objects.setdefault(row["image"], [])
                if not row["class"]:
                    continue
                box = _box(row)
                if box:
                    found.append((row["class"], box))
                else:
                    problems.append(f"{table}, line {rows.line_num}: no box with x1 < x2 and y1 < y2; left out")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{table}: cannot be read: {error}") from None
    return objects, tuple(problems)


def _box(row: dict[str, str]) -> tuple[float, ...] | None:
    try:
        x1, y1, x2, y2 = (float(row[name]) for name in _CORNERS)
    except (TypeError, ValueError):  # a short row, or a word
        return None
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
