"""Finds the images of a data set of YOLO: what data.yaml, Darknet's obj.data or a list of classes says of them.

Source: Ultralytics, ``data/utils.py`` and ``data/base.py``; Darknet, ``data.c``; the YOLO writers of Datumaro, which
CVAT uses; Roboflow's and Label Studio's exports; LabelImg, ``yolo_io.py``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

from zoo_core.common.errors import ConfigError, DatasetError, UnknownNameError
from zoo_core.common.messages import listed, shown
from zoo_core.common.reading import read_text
from zoo_core.common.tables import read_table
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.data.readers.folders import (
    exists_strict,
    files_in,
    files_in_tree,
    folders_in,
    is_file_strict,
    is_folder_strict,
)
from zoo_core.data.readers.records import inside
from zoo_core.data.readers.splits import USUAL_SPLITS, WHOLE, name_of_split, usual_splits

__all__ = ["CLASS_LISTS", "Description", "describes", "description_of", "images_of"]

CLASS_LISTS = ("classes.txt", "obj.names", "_darknet.labels")
"""What files are called that hold the name of a class a line: by LabelImg and Label Studio, Darknet, Roboflow."""
_MOST_CLASSES = 100_000


class Description(NamedTuple):
    """What is said about a data set as a whole.

    Attributes:
        path: path of the file that says it.
        base: the folder to which names of files are relative.
        places: a folder of images, a list of files, or several of those, by the name of the split.
        names: the name of each class by its number.
        keypoint_numbers: how many numbers follow the box of a pose in its line; 0 without poses.
    """

    path: Path
    base: Path
    places: Mapping[str, Any]
    names: dict[int, str]
    keypoint_numbers: int = 0

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that are named."""
        return usual_splits(split for split, place in self.places.items() if place)


def describes(root: Path) -> bool:
    """Whether something in a folder says that it is a data set of YOLO; only that file is read."""
    if any(_is_table(path) for path in _tables(root)) or _darknet_files(root):
        return True
    return _class_list(root) is not None and bool(_label_folders(root))


def description_of(root: Path) -> Description:
    """What is said about the data set in a folder.

    Raises:
        DatasetError: nothing is, or it cannot be used.
    """
    tables = _tables(root)
    found = [path for path in tables if _is_table(path)]
    if len(found) == 1 or (found and found[0].name == "data.yaml"):
        return _of_table(found[0], root)
    if found:
        several = listed(path.name for path in found)
        raise DatasetError(f"{root}: several files describe data sets ({several}); keep one, for example data.yaml")
    if darknet := _darknet_files(root):
        return _of_darknet(darknet[0], root)
    classes = _class_list(root)
    if classes is not None and _label_folders(root):
        return Description(classes, root, _split_folders(root), dict(enumerate(_lines(classes))))
    for path in tables:
        _content(path)  # one that cannot be read may be the one
    why = f"{listed(path.name for path in tables)} has no 'train' and 'names'" if tables else "data.yaml is missing"
    raise DatasetError(f"{root}: is not a YOLO data set: {why}; write its splits and class names there")


def images_of(description: Description, split: str, root: Path) -> list[Path]:
    """The images of a split, folder by folder, in the order of their names or of their list.

    Raises:
        DatasetError: the split does not exist, or its folder or list is missing or cannot be read.
    """
    places = description.places
    split = split if split in places else name_of_split(split, description.splits, description.path)
    named = places[split] if isinstance(places[split], list) else [places[split]]
    return [image for each in named for image in _images(description, split, each, root)]


def _tables(root: Path) -> list[Path]:
    """The files of YAML, data.yaml first."""
    files = [path for path in files_in(root) if path.suffix.lower() in (".yaml", ".yml")]
    return sorted(files, key=lambda path: (path.name != "data.yaml", path.name))


def _content(path: Path) -> Mapping[str, Any]:
    try:
        return read_table(path)
    except ConfigError as error:
        raise DatasetError(f"{path}: {listed(problem.message for problem in error.problems)}") from None
    except UnknownNameError as error:
        raise DatasetError(str(error)) from None


def _is_table(path: Path) -> bool:
    """Whether a file describes a data set; one that cannot be read does by its name, so that it is reported."""
    try:
        keys = _content(path).keys()
    except DatasetError:
        return path.name == "data.yaml"
    return bool({*USUAL_SPLITS} & keys and {"names", "nc"} & keys)


def _of_table(path: Path, root: Path) -> Description:
    table = _content(path)
    others = {"path", "names", "nc", "download"}
    places = {key: value for key, value in table.items() if value and key not in others}
    return Description(path, _base(table.get("path"), root), places, _names(table, path), _keypoints(table, path))


def _base(given: object, root: Path) -> Path:
    """Where names are relative to: what `path` says, where that is a folder here, else the root.

    That setting is mostly written for the computer of the author.
    """
    if not isinstance(given, str) or given.strip() in ("", ".", "./"):
        return root
    try:
        found = _found(given, (root,), root, root)
    except DatasetError:
        return root
    return found if is_folder_strict(found) else root


def _names(table: Mapping[str, Any], path: Path) -> dict[int, str]:
    """The name of each class by its number; as Ultralytics does, a number is taken for the name that it is."""
    names, count = table.get("names"), table.get("nc")
    if names is None and type(count) is int and 0 < count <= _MOST_CLASSES:
        return {number: f"class_{number}" for number in range(count)}
    pairs = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(pairs, dict) or not all(
        str(number).isdecimal() and isinstance(name, str | int | float) and not isinstance(name, bool)
        for number, name in pairs.items()
    ):
        raise DatasetError(f"{path}: 'names' should be a list of names, or a table from numbers to names")
    return dict(sorted((int(number), str(name)) for number, name in pairs.items()))


def _keypoints(table: Mapping[str, Any], path: Path) -> int:
    shape = table.get("kpt_shape")
    if shape is None:
        return 0
    if not (isinstance(shape, list) and len(shape) == 2 and all(type(each) is int and each > 0 for each in shape)):
        raise DatasetError(
            f"{path}: 'kpt_shape' should be [number of keypoints, numbers per keypoint], such as [17, 3]; "
            f"given {shown(shape)}"
        )
    return int(shape[0] * shape[1])


def _darknet_files(root: Path) -> list[Path]:
    return [path for path in files_in(root) if path.suffix == ".data"]


def _of_darknet(path: Path, root: Path) -> Description:
    """Lines as ``train = data/train.txt``; the names of classes are in a file of their own."""
    pairs = (line.partition("=") for line in _lines(path))
    table = {key.strip(): _beside(value.strip(), root) for key, _, value in pairs}
    classes = _found(table.get("names", ""), (root,), root, f"{path}: names")
    names = dict(enumerate(_lines(classes)))
    return Description(path, root, {key: table[key] for key in USUAL_SPLITS if key in table}, names)


def _beside(name: str, root: Path) -> str:
    """The last part of a path where nothing below the root is called as the whole, and a file here as its last part.

    Darknet's paths begin at its own folder, as ``data/voc/train.txt``.
    """
    last = PureWindowsPath(name).name
    with suppress(DatasetError):
        if exists_strict(_found(name, (root,), root, name)):
            return name
    return last if last and is_file_strict(root / last) else name


def _class_list(root: Path) -> Path | None:
    folders = (root, root / "labels", *(root / split for split in USUAL_SPLITS))
    return next((path for folder in folders for name in CLASS_LISTS if exists_strict(path := folder / name)), None)


def _label_folders(root: Path) -> list[Path]:
    """Folders where labels are kept: labels, those of the splits, or, beside the images, the root."""
    folders = [root / "labels", *(root / split for split in USUAL_SPLITS), root]
    return [folder for folder in folders if any(_is_label(path) for path in files_in(folder) + _inner(folder))]


def _inner(folder: Path) -> list[Path]:
    return [path for each in folders_in(folder) for path in files_in(each)] if folder.name == "labels" else []


def _is_label(path: Path) -> bool:
    return path.suffix == ".txt" and path.name not in CLASS_LISTS


def _split_folders(root: Path) -> dict[str, str]:
    """Folders called as splits are, else that of all images, by the name of the split."""
    for pattern in ("images/{}", "{}/images", "{}"):
        found = {split: pattern.format(split) for split in USUAL_SPLITS}
        found = {split: place for split, place in found.items() if is_folder_strict(root / place)}
        if found:
            return found
    return {WHOLE: "images" if is_folder_strict(root / "images") else "."}


def _lines(path: Path) -> list[str]:
    lines = read_text(path, DatasetError).splitlines()
    return [line.strip() for line in lines if line.strip()]


def _images(description: Description, split: str, place: object, root: Path) -> list[Path]:
    """The images of a folder, or of a list of files."""
    path, base = description.path, description.base
    if not isinstance(place, str):
        raise DatasetError(f"{path}: a split is a folder of images or a list of files, not {shown(place)}")
    found = base if place.strip() in (".", "./") else _found(place, (base, root), root, f"{path}: {split}")
    if is_folder_strict(found):
        return [each for each in files_in_tree(found) if each.suffix.lower() in IMAGE_SUFFIXES]
    if not exists_strict(found):
        raise DatasetError(
            f"{path}: {split!r} is {shown(place)}, which is neither a folder of images nor a list of files: nothing "
            f"below {root} has this name; add it, or remove {split!r}"
        )
    if found.suffix.lower() in IMAGE_SUFFIXES:
        raise DatasetError(f"{path}: a split is a folder of images or a list of files, not {shown(place)}")
    return [
        _found(line, (base, root, found.parent), root, f"{found}: line {number}")
        for number, line in enumerate(read_text(found, DatasetError).splitlines(), start=1)
        if line.strip()
    ]


def _found(name: str, bases: tuple[Path, ...], root: Path, place: object) -> Path:
    """The path here for a name that somebody wrote; where the file does not exist, what it would be.

    Args:
        name: a path, of Windows too, of this computer or of that of the author.
        bases: the folders to which it may be relative, the usual one first.
        root: root folder of the data set.
        place: for the message.

    Raises:
        DatasetError: it is not below the root.
    """
    plain = posixpath.normpath(name.strip().replace("\\", "/"))
    if PureWindowsPath(plain).anchor or plain.startswith(("../", "~")):
        candidates = [root / tail for tail in _tails(plain, root)]
        # Many write ../test/images for the folder beside data.yaml, and name it also where there is none.
        beside = plain.startswith("../") and plain.count("..") == 1 and plain.count("/") > 1
        otherwise = candidates[0] if beside else None
    else:
        candidates = [inside(base, plain, place) for base in bases]
        otherwise = candidates[0]
        candidates.append(root / plain.removeprefix("data/"))  # to that folder Darknet's writers make names relative
    there = next((each for each in candidates if exists_strict(each)), otherwise)
    return there or inside(root, name.strip(), place)


def _tails(plain: str, root: Path) -> Iterator[PurePosixPath]:
    """Paths from the root with which the path of another computer may end, the likeliest first.

    What follows a folder called as the root is; else it has two folders at least, so that no other is taken for it.
    """
    path = PureWindowsPath(plain)
    parts = [part for part in path.parts if part not in (path.anchor, "..")]
    if plain.startswith("../"):
        yield PurePosixPath(*parts)
    own = root.absolute().name
    for first in sorted(range(1, len(parts)), key=lambda first: (parts[first - 1] != own, first)):
        if parts[first - 1] == own or len(parts) - first > 1:
            yield PurePosixPath(*parts[first:])
