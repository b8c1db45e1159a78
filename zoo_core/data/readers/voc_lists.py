"""Reads the lists of ImageSets/Main: which images a split of Pascal VOC has.

The development kit has a list a split, and one a class and split, as ``cat_train``, whose second column says whether
the class is in the image (1, -1, or 0 where it is hard to see). Datumaro and CVAT write those of the classes too,
empty where classes were not asked for; VoTT writes no others. Names may have folders, and endings.

Source: Everingham and Winn, development kit, section 7.1; Datumaro, ``voc_format/converter.py``; VoTT,
``pascalVOC.ts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from zoo_core.common.errors import DatasetError
from zoo_core.common.reading import read_text
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.data.readers.folders import files_in
from zoo_core.data.readers.splits import usual_splits

__all__ = ["lists_in", "names_in", "splits_of"]

_FLAGS = ("-1", "0", "1")


def lists_in(folder: Path) -> dict[str, list[Path]]:
    """The files that say which images each split has: its list, or, where there is none, those of its classes."""
    files = {path.stem: path for path in files_in(folder) if path.suffix == ".txt"}
    plain = {name: [path] for name, path in files.items() if not _is_of_class(name, path, [*files])}
    if plain:
        return plain
    by_split: dict[str, list[Path]] = {}
    for name, path in files.items():
        by_split.setdefault(name.rpartition("_")[2], []).append(path)
    return by_split


def splits_of(names: list[str]) -> tuple[str, ...]:
    """Of lists that hold each other the smaller ones: train and val and not trainval."""
    usual = usual_splits(names)
    if "trainval" not in names or {"train", "val"} <= {*names}:
        return usual
    return ("trainval", *(name for name in usual if name == "test"))


def names_in(paths: list[Path], is_name: Callable[[str], bool]) -> list[str]:
    """The names of the images in the lists of a split, in order and without endings.

    Args:
        paths: one list, or one for each class; then an image that is in several comes once.
        is_name: whether an image is called so; a name may have spaces, and end with a number.

    Raises:
        DatasetError: a list cannot be read.
    """
    names = [name for path in paths for name in _names(_lines(path), is_name)]
    return names if len(paths) == 1 else [*dict.fromkeys(names)]


def _is_of_class(name: str, path: Path, all_names: list[str]) -> bool:
    """A list that cannot be read is not: it is reported when it is asked for."""
    if "_" not in name:
        return False
    try:
        lines = _lines(path)
    except DatasetError:
        return False
    of_split = any(name.endswith(f"_{other}") for other in all_names if other != name)
    return _are_flagged(lines) or (of_split and not lines)


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in read_text(path, DatasetError).splitlines() if line.strip()]


def _are_flagged(lines: list[str]) -> bool:
    """Whether all lines have the second column."""
    return bool(lines) and all(line.split()[-1] in _FLAGS and line not in _FLAGS for line in lines)


def _names(lines: list[str], is_name: Callable[[str], bool]) -> Iterator[str]:
    if _are_flagged(lines) and not is_name(lines[0]):
        lines = [line.rsplit(maxsplit=1)[0] for line in lines]
    for line in lines:
        name = line.strip('"').replace("\\", "/")
        ending = Path(name).suffix
        yield name.removesuffix(ending) if ending.lower() in IMAGE_SUFFIXES else name
