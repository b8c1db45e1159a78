"""Predictions as one COCO document, which is a data set and a list of results at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo_core.common.numerals import whole_number
from zoo_core.prediction.outputs import Add, FoundObjects
from zoo_core.prediction.outputs.text_file import TextFile
from zoo_core.prediction.sources.pictures import Picture

__all__ = ["coco_file"]


@contextmanager
def coco_file(path: Path, class_names: Sequence[str]) -> Iterator[Add]:
    """Writes ``images``, ``categories``, and ``annotations`` with a ``score``, which COCO's tools take for results.

    The id of an image is the number that its file is named by, as COCO's are (139 for
    ``000000000139.jpg``), and the next free one for all others. Annotations are written as they come.

    Args:
        path: path of the file, which is written atomically.
        class_names: categories 1, 2, 3 ...

    Raises:
        DatasetError: the file cannot be written.
    """
    images: list[dict[str, Any]] = []
    ids, annotations = _Ids(), 0
    with TextFile(path) as file:
        file.write('{"annotations": [')

        def add(picture: Picture, found: FoundObjects) -> None:
            nonlocal annotations
            image = _image(ids.of(picture), picture, found)
            images.append(image)
            for each in found.to_coco(image["id"]):
                file.write(",\n" if annotations else "\n")
                annotations += 1
                _, _, width, height = each["bbox"]
                file.write(json.dumps({"id": annotations, **each, "area": width * height, "iscrowd": 0}))

        yield add
        categories = [{"id": number, "name": name} for number, name in enumerate(class_names, 1)]
        file.write(f'\n],\n"images": {json.dumps(images)},\n"categories": {json.dumps(categories)}}}\n')


def _image(number: int, picture: Picture, found: FoundObjects) -> dict[str, Any]:
    size = {"width": found.size.width, "height": found.size.height} if found.size else {}
    return {"id": number, "file_name": picture.input.name, **picture.when, **size}


class _Ids:
    """Gives every image a number of its own."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._last = 0

    def of(self, picture: Picture) -> int:
        named = whole_number(picture.input.place.stem) if picture.frame is None else None
        number = self._next_free() if named is None or named in self._taken else named
        self._taken.add(number)
        return number

    def _next_free(self) -> int:
        self._last += 1
        while self._last in self._taken:
            self._last += 1
        return self._last
