"""What was found as a COCO results file: written, and read from ours and others' tools.

The file is a list of ``{"image_id", "category_id", "bbox": [x, y, width, height], "score"}``
in pixels of the original pictures. Numbers are written with all their digits, so that what
is read has the same scores to the last bit.

Source: cocodataset.org, "Results format", and loadRes of pycocotools.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.coco_values import coco_id, coco_number
from zoo_core.boxes.protocols import Dataset
from zoo_core.common.arguments import CALLBACK, DATASET, PATH, checked
from zoo_core.common.errors import PredictionsError
from zoo_core.common.files import as_path
from zoo_core.common.json_file import read_json
from zoo_core.common.messages import counted, listed, shown
from zoo_core.common.writing import write_text, writing
from zoo_core.evaluation.coco_documents import results_in
from zoo_core.evaluation.coco_ids import ids_of, spellings
from zoo_core.evaluation.results import RESULTS, ImageResult, Results, corners_of

__all__ = ["coco_detections", "coco_ground_truth", "read_predictions", "write_predictions"]

_KEYS = ["image_id", "category_id", "bbox", "score"]
_EXAMPLES = 5
"""So many ids are shown in a message; the others are counted."""
_OFTEN = 100
"""Number of images after which progress is reported."""


@checked(results=RESULTS, path=PATH)
def write_predictions(results: Results, path: str | Path) -> None:
    """Write what was found as a COCO results file.

    Images and classes are called by the ids of the data set where it is one of COCO's format. Else a class
    is called by its index plus 1, and an image by its name, as a number where all names are numbers.

    Args:
        results: what `collect` gave.
        path: path of the file; an older one is replaced.

    Raises:
        PredictionsError: the file cannot be written.
    """
    path = as_path(path)
    with writing(path, PredictionsError):
        write_text(path, json.dumps(coco_detections(results)) + "\n")


def coco_detections(results: Results) -> list[dict[str, Any]]:
    """What was found as the list that a COCO results file holds; see `write_predictions`."""
    ids = ids_of(results)
    return [
        {"image_id": image_id, "category_id": ids.classes[label], "bbox": box, "score": score}
        for image_id, each in zip(ids.images, results.images, strict=True)
        for box, score, label in zip(_sides(each.boxes), each.scores.tolist(), each.labels.tolist(), strict=True)
    ]


@checked(results=RESULTS)
def coco_ground_truth(results: Results) -> dict[str, Any]:
    """The objects as the table of an annotation file of COCO, for tools that compare `write_predictions` with it."""
    ids = ids_of(results)
    annotations: list[dict[str, Any]] = []
    for image_id, each in zip(ids.images, results.images, strict=True):
        boxes = _sides(each.true_boxes)
        areas = [width * height for _, _, width, height in boxes] if each.true_areas is None else each.true_areas
        flags = zip(each.crowd.tolist(), each.difficult.tolist(), strict=True)
        rows = zip(boxes, map(float, areas), each.true_labels.tolist(), flags, strict=True)
        for box, area, label, (crowd, difficult) in rows:
            annotation = {"id": len(annotations) + 1, "image_id": image_id, "category_id": ids.classes[label]}
            annotation |= {"bbox": box, "area": area, "iscrowd": int(crowd), "difficult": int(difficult)}
            annotations.append(annotation)
    return {
        "images": [
            {"id": image_id, "file_name": each.image_id, "width": each.size.width, "height": each.size.height}
            for image_id, each in zip(ids.images, results.images, strict=True)
        ],
        "categories": [
            {"id": number, "name": name} for number, name in zip(ids.classes, results.class_names, strict=True)
        ],
        "annotations": annotations,
    }


@checked(path=PATH, dataset=DATASET, progress=CALLBACK)
def read_predictions(path: str | Path, dataset: Dataset, progress: Callable[[int, int], None] | None = None) -> Results:
    """The detections of a COCO results file in the images of a data set, with the ground truth.

    Args:
        path: path of the file, from the zoo or any other tool; or of a data set of COCO whose annotations have
            scores, as ``zoo predict --coco`` writes it, whose images and classes are found by their names.
        dataset: the images. The file may call them by the ids of the data set where it is one of COCO's format,
            by their names, by these without folder and ending, or by the number that such a name is. Classes are
            called by the ids of the data set where it has them, else by their indices plus 1.
        progress: called now and then with the number of images done and of all.

    Raises:
        PredictionsError: the file cannot be read, an entry is invalid, or its image or class is not in the data set.
        DatasetError: an image cannot be read.
    """
    truth = Results(
        class_names=tuple(dataset.class_names),
        images=tuple(_true(dataset, progress)),
        coco_ids=getattr(dataset, "coco_ids", None),
    )
    ids, spelt = ids_of(truth), spellings(truth)
    content = read_json(as_path(path), PredictionsError)
    entries = _entries(path, results_in(content, spelt, dict(zip(truth.class_names, ids.classes, strict=True))))
    classes = {number: index for index, number in enumerate(ids.classes)}
    by_id: dict[Any, int] = {**dict(ids.other_classes), **classes}
    by_id = {**{coco_id(each): index for each, index in by_id.items()}, **by_id}
    images = _indices(path, "image", entries, spelt, "by id, or by name, with or without folder and ending")
    known = ", ".join(f"{number} ({truth.class_names[index]})" for number, index in classes.items())
    labels = _indices(path, "category", entries, by_id, known)
    boxes, scores = _boxes_and_scores(path, entries)
    corners, sizes = corners_of(boxes), boxes[:, 2] * boxes[:, 3]
    order = np.argsort(images, kind="stable")
    ends = np.searchsorted(images[order], np.arange(len(truth.images) + 1))
    found = []
    for each, begin, end in zip(truth.images, ends[:-1], ends[1:], strict=True):
        mine = order[begin:end]
        given = {"boxes": corners[mine], "scores": scores[mine], "labels": labels[mine], "box_areas": sizes[mine]}
        found.append(replace(each, **given))
    return replace(truth, images=tuple(found))


def _sides(corners: NDArray[np.floating[Any]]) -> list[list[float]]:
    """Corner boxes (M, 4) as [x, y, width, height]; float64, so that no digit is lost."""
    low, high = np.split(corners.astype(np.float64).reshape(-1, 4), 2, axis=1)
    sides: list[list[float]] = np.hstack([low, high - low]).tolist()
    return sides


def _true(dataset: Dataset, progress: Callable[[int, int], None] | None) -> Iterator[ImageResult]:
    sample_of = getattr(dataset, "without_pixels", dataset.__getitem__)
    for index in range(len(dataset)):
        yield ImageResult.of(sample_of(index))
        if progress and (index + 1 == len(dataset) or index % _OFTEN == 0):
            progress(index + 1, len(dataset))


def _entries(path: str | Path, entries: Any) -> list[dict[str, Any]]:
    if not isinstance(entries, list):
        raise PredictionsError(
            f"{path}: is not a COCO results file, a list of detections "
            f'{{"image_id", "category_id", "bbox", "score"}}; given {shown(entries)}'
        )
    for number, each in enumerate(entries, start=1):
        missing = [key for key in _KEYS if key not in each] if isinstance(each, dict) else _KEYS
        if missing:
            raise PredictionsError(f"{path}: detection {number}: has no {listed(missing)}; given {shown(each)}")
    return entries


def _indices(
    path: str | Path, thing: str, entries: Sequence[Mapping[str, Any]], known: Mapping[Any, int], allowed: str
) -> NDArray[np.int64]:
    """The image or class of each detection.

    Raises:
        PredictionsError: the data set has no such; says how many detections and which ids.
    """
    ids = [_known_id(each[f"{thing}_id"], known) for each in entries]
    unknown = Counter(each for each in ids if each not in known)
    if unknown:
        examples = [
            f"{shown(each)} ({counted(number, 'detection')})" for each, number in unknown.most_common(_EXAMPLES)
        ]
        others = [f"and {len(unknown) - _EXAMPLES} more"] if len(unknown) > _EXAMPLES else []
        things = "categories" if thing == "category" else "images"
        raise PredictionsError(
            f"{path}: {counted(unknown.total(), 'detection')} of {len(ids)} refer to {things} not in the data "
            f"set: {listed([*examples, *others])}; available {things}: {allowed}"
        )
    return np.array([known[each] for each in ids], dtype=np.int64)


def _known_id(value: Any, known: Mapping[Any, int]) -> Any:
    """The same id as it is known; anything other than a number or a string, as a list or true, becomes a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return repr(value)
    return value if value in known or coco_id(value) not in known else coco_id(value)


def _boxes_and_scores(
    path: str | Path, entries: Sequence[Mapping[str, Any]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Boxes (M, 4) x, y, width, height, and scores (M,).

    Raises:
        PredictionsError: one of them is invalid; names its detection.
    """
    for number, each in enumerate(entries, start=1):
        box, score = each["bbox"], each["score"]
        if not (isinstance(box, list) and len(box) == 4 and all(map(_is_number, box)) and min(box[2:]) >= 0):
            raise PredictionsError(
                f"{path}: detection {number}: its bbox should be [x, y, width, height] in pixels, but is {shown(box)}"
            )
        if not _is_number(score):
            raise PredictionsError(f"{path}: detection {number}: its score should be a number, but is {shown(score)}")
    boxes = np.array([each["bbox"] for each in entries], dtype=np.float64).reshape(-1, 4)
    return boxes, np.array([each["score"] for each in entries], dtype=np.float64)


def _is_number(value: object) -> bool:
    return not isinstance(value, str) and coco_number(value) is not None
