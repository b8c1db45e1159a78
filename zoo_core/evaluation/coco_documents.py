"""Results in a data set of COCO whose annotations have scores, as `zoo predict --coco` and others write it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from zoo_core.boxes.coco_values import CocoId, coco_id

__all__ = ["results_in"]

_LISTS = ("images", "annotations", "categories")


def results_in(document: Any, images: Mapping[CocoId, int], classes: Mapping[str, CocoId]) -> Any:
    """The results that a document has, with the ids of another data set; anything else stays what it is.

    Args:
        document: the content of a file.
        images: what the images of the other data set may be called.
        classes: the ids of its classes, by their names.
    """
    if not isinstance(document, dict) or not all(isinstance(document.get(each), list) for each in _LISTS):
        return document
    files, names = _by_id(document["images"], "file_name"), _by_id(document["categories"], "name")
    return [_result(each, files, names, images, classes) for each in document["annotations"]]


def _result(
    annotation: Any,
    files: Mapping[CocoId | None, str],
    names: Mapping[CocoId | None, str],
    images: Mapping[CocoId, int],
    classes: Mapping[str, CocoId],
) -> Any:
    if not isinstance(annotation, dict):
        return annotation
    file, name = files.get(coco_id(annotation.get("image_id"))), names.get(coco_id(annotation.get("category_id")))
    changed = dict(annotation)
    if file is not None:
        path = PurePosixPath(file.replace("\\", "/"))
        changed["image_id"] = next((each for each in (file, path.name, path.stem) if each in images), file)
    if name is not None:
        changed["category_id"] = classes.get(name, name)
    return changed


def _by_id(entries: list[Any], key: str) -> dict[CocoId | None, str]:
    tables = (each for each in entries if isinstance(each, dict))
    return {coco_id(each.get("id")): each[key] for each in tables if isinstance(each.get(key), str)}
