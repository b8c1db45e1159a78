"""Finds the files of a data set of COCO: the JSON file of each split, and the folder of its images.

Source: cocodataset.org; Roboflow (``train/_annotations.coco.json``); CVAT and Datumaro, ``coco_format/converter.py``
(``annotations/instances_default.json``, ``images/default``); Label Studio (``result.json``, and ``result_coco.json`` of
masks; ``images``); FiftyOne, ``utils/coco.py`` (``labels.json``, ``data``); labelme2coco (``annotations.json`` of
labelme's example, ``dataset.json`` of the package).
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.datumaro import is_datumaro
from zoo_core.data.readers.folders import files_in, folders_in, is_file_strict
from zoo_core.data.readers.records import inside
from zoo_core.data.readers.splits import USUAL_SPLITS, usual_splits

__all__ = ["files_by_split", "image_folders", "images_here", "is_coco", "splits_of"]

_OF_BOXES = ("instances_", "")
_OF_KEYPOINTS = ("person_keypoints_",)
"""Read where there is nothing else, for they have boxes too."""
_WITHOUT_BOXES = ("captions_", "image_info_", "labels_", "panoptic_", "stuff_", "unlabeled_", *_OF_KEYPOINTS)
"""How files begin that COCO and Datumaro keep beside those with boxes."""
_IN_FOLDER = ("_annotations.coco", "annotation_coco", "labels", "annotations")
"""What a file is called that lies in the folder of its split."""
_ALONE = (
    "default",
    "instances",
    "result",
    "result_coco",
    "_annotations.coco",
    "labels",
    "annotations",
    "coco",
    "dataset",
)
"""What the one file of a data set without splits is called, the likeliest name first."""
_KEYS = re.compile(rb'"(?:images|annotations|categories|info|licenses)"\s*:')
_BEGINNING = 4096
_TRIED = 20
"""So many images are looked for in each folder where images may be."""


def is_coco(root: Path) -> bool:
    """Whether there is a file that is called as that of a split is, or one for all that begins as COCO's do."""
    files = files_by_split(root)
    if any(name.lower() in USUAL_SPLITS and not is_datumaro(path) for name, path in files.items()):
        return True
    alone = [files[name] for name in splits_of(files) if name in _ALONE]
    return any(_begins_as_coco(path) and not is_datumaro(path) for path in alone)


def splits_of(files: Iterable[str]) -> tuple[str, ...]:
    """The splits among the names of files: those called so; else the one file for all; else every file."""
    names = tuple(files)
    usual = usual_splits(names)
    alone = next((name for name in _ALONE if name in names), None)
    return usual if any(name.lower() in USUAL_SPLITS for name in usual) or not alone else (alone,)


def files_by_split(root: Path) -> dict[str, Path]:
    """The file of each split, by its name, the most usual place first."""
    return _files(root, _OF_BOXES) or _files(root, _OF_KEYPOINTS)


def _files(root: Path, beginnings: tuple[str, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    in_folders = [path for folder in folders_in(root) for path in _jsons(folder) if path.stem in _IN_FOLDER]
    annotations = _jsons(root / "annotations")
    for path in (*annotations, *in_folders, *_jsons(root)):
        named_by_folder = path.stem in _IN_FOLDER and path.parent not in (root, root / "annotations")
        name = path.parent.name if named_by_folder else path.stem
        beginning = next((each for each in beginnings if name.startswith(each)), None)
        rest = name.removeprefix(beginning or "")
        if beginning is not None and (beginning or not rest.startswith(_WITHOUT_BOXES)):
            found.setdefault(re.sub(r"\d{4}$", "", rest) or rest, path)
    return found


def _jsons(folder: Path) -> list[Path]:
    """Those that are called instances before the others."""
    files = [path for path in files_in(folder) if path.suffix.lower() == ".json"]
    return sorted(files, key=lambda path: (not path.stem.startswith("instances_"), path.name))


def _begins_as_coco(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _KEYS.search(file.read(_BEGINNING)) is not None
    except OSError:
        return True  # so that its problem is reported


def image_folders(root: Path, path: Path, split: str) -> list[Path]:
    """Where the images of a file may be, the likeliest first."""
    inner = path.stem
    for beginning in (*_OF_BOXES[:1], *_OF_KEYPOINTS):
        inner = inner.removeprefix(beginning)
    names = dict.fromkeys((inner, split))
    places = [path.parent, path.parent / "data", path.parent / "images", *(root / name for name in names)]
    return [*places, *(root / "images" / name for name in names), root / "images", root / "data", root]


def images_here(folders: list[Path], names: list[object]) -> tuple[Path, dict[str, str]]:
    """The folder of the images, and what those are called there whose names are paths of another computer.

    That is the folder that has the most of the first images; the first when none has any.
    """
    folder = _most_used(folders, names)
    if any(_is_there(folder, name) for name in names[:_TRIED]):
        return folder, {}
    own = _without_shared_folders([name for name in names if isinstance(name, str) and _is_elsewhere(name)])
    return _most_used(folders, [own.get(name, name) if isinstance(name, str) else name for name in names]), own


def _is_elsewhere(name: str) -> bool:
    path = PureWindowsPath(name)
    return bool(path.anchor) or path.parts[:1] == ("..",)


def _without_shared_folders(names: list[str]) -> dict[str, str]:
    """What is left of paths without the folders that they begin with alike, so that no two become one."""
    parts = {name: PureWindowsPath(posixpath.normpath(name.replace("\\", "/"))).parts for name in names}
    levels = zip(*(each[:-1] for each in parts.values()), strict=False)
    shared = sum(1 for _ in itertools.takewhile(lambda level: len({*level}) == 1, levels))
    return {name: "/".join(each[shared:]) for name, each in parts.items() if each[shared:]}


def _most_used(folders: list[Path], names: list[object]) -> Path:
    return max(folders, key=lambda folder: sum(_is_there(folder, name) for name in names[:_TRIED]))


def _is_there(folder: Path, name: object) -> bool:
    try:
        return isinstance(name, str) and is_file_strict(inside(folder, name, folder))
    except DatasetError:  # reported when the records are made
        return False
