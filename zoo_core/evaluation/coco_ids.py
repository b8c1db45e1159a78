"""By which ids a file of COCO calls images and classes, whatever the format of the data set."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from zoo_core.boxes.coco_values import coco_id
from zoo_core.boxes.protocols import CocoIds
from zoo_core.common.numerals import whole_number
from zoo_core.common.unicode_names import composed, decomposed
from zoo_core.evaluation.results import Results

__all__ = ["ids_of", "spellings"]


def ids_of(results: Results) -> CocoIds:
    """The ids that the data set has.

    Where it has none, classes are counted from 1, and images are called by their names: by the numbers that
    these are, if all are, as 139 for ``000000000139.jpg``; or counted from 1, where names are not distinct.
    """
    if results.coco_ids:
        return results.coco_ids
    names = [each.image_id for each in results.images]
    numbers = [number for number in map(_number, names) if number is not None]
    images: list[int] | list[str] = names
    if len(set(numbers)) == len(names):
        images = numbers
    elif len(set(names)) < len(names):
        images = list(range(1, len(names) + 1))
    return CocoIds(tuple(images), tuple(range(1, len(results.class_names) + 1)))


def spellings(results: Results) -> dict[int | str, int]:
    """The index of each image by all that it may be called: its id; its name, with and without folder and ending.

    Names may be spelt with composed letters or with decomposed ones.

    What would mean two images means none.
    """
    indices: dict[int | str, int] = {}
    names = [each.image_id for each in results.images]
    files = [PurePosixPath(name).name for name in names]
    stems = [PurePosixPath(name).stem for name in names]
    numbers = [] if results.coco_ids else [_number(name) for name in names]
    ids = ids_of(results)
    spelt = [list(map(form, each)) for each in (names, files, stems) for form in (composed, decomposed)]
    for called in (ids.images, [coco_id(each) for each in ids.images], names, files, stems, numbers, *spelt):
        once = Counter(called)
        for index, each in enumerate(called):
            if each is not None and once[each] == 1:
                indices.setdefault(each, index)
    for each, index in ids.other_images:
        indices.setdefault(each, index)
    return indices


def _number(name: str) -> int | None:
    return whole_number(PurePosixPath(name).stem)
