"""Finds the files of Pascal VOC: folders, lists of names, images and annotations.

A VOC folder holds Annotations/*.xml, JPEGImages/*.jpg and lists of names in
ImageSets/Main/*.txt. The development kit and GluonCV keep several side by side (VOC2007,
VOC2012), and then a split says which one is meant: ``VOC2007/trainval``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from zoo_core.data.annotated import existing_folder
from zoo_core.data.images import IMAGE_SUFFIXES
from zoo_core.errors import DatasetError, did_you_mean, listed
from zoo_core.files import is_folder, is_missing, names_in, read_text
from zoo_core.unicode_names import as_it_is_called, composed

__all__ = ["Files", "files_of", "is_voc", "splits_in"]

_PARTS = ("Annotations", "JPEGImages", "ImageSets/Main")


class Files(NamedTuple):
    """The files of an image, whether they are there or not.

    `image_id` begins with the folder where the split names it; `listing` is the list that names the image.
    """

    image_id: str
    image: Path
    annotation: Path
    listing: Path


def is_voc(root: Path) -> bool:
    """Whether a folder is a VOC folder or holds some."""
    return _looks_like_voc(root) or bool(_folders_within(root))


def splits_in(root: Path) -> tuple[str, ...]:
    """The splits below a folder, with their folder where there are several of those.

    Of lists that hold each other, the smaller: train and val and not trainval. Lists of the
    development kit for single classes are left aside when there are those.

    Raises:
        DatasetError: it is no VOC folder, and holds none.
    """
    if _looks_like_voc(root):
        return _lists_of(_complete(root))
    within = _folders_within(root)
    if not within:
        raise _no_voc(root)
    return tuple(f"{inner}/{name}" for inner in within for name in _lists_of(_complete(root / inner)))


def _lists_of(folder: Path) -> tuple[str, ...]:
    names = _lists_in(folder / "ImageSets" / "Main")
    parts = ("train", "val") if {"train", "val"} <= {*names} else ("trainval",)
    return tuple(name for name in (*parts, "test") if name in names) or tuple(names)


def files_of(root: Path, split: str) -> list[Files]:
    """The images of a split in the order of its list.

    Args:
        root: a VOC folder, or one that holds VOC folders.
        split: ``trainval``, or with the folder, ``VOC2007/trainval``.

    Raises:
        DatasetError: a folder or list is missing; says which and what is there.
    """
    *inner, name = split.split("/")
    folder = _voc_folder(root, inner[0] if inner else None, name)
    listing = folder / "ImageSets" / "Main" / f"{name}.txt"
    stems = _stems(listing)
    images = _image_names(folder / "JPEGImages")
    return [
        Files(
            image_id="/".join([*inner, stem]),
            image=folder / "JPEGImages" / images.get(composed(stem), f"{stem}.jpg"),
            annotation=as_it_is_called(folder / "Annotations" / f"{stem}.xml"),
            listing=listing,
        )
        for stem in stems
    ]


def _voc_folder(root: Path, inner: str | None, split: str) -> Path:
    within = _folders_within(root)
    if inner is not None:
        return _inner_folder(root, inner, split, within)
    if _looks_like_voc(root):
        return _complete(root)
    if len(within) == 1:
        return _complete(root / within[0])
    if within:
        raise DatasetError(
            f"{root}: holds {len(within)} data sets ({listed(within)}); say which with the split: "
            f"{within[0]}/{split}, or a list of several"
        )
    raise _no_voc(root)


def _no_voc(root: Path) -> DatasetError:
    return DatasetError(
        f"{root}: is no data set of Pascal VOC, and holds none: "
        f"a folder with {listed(_PARTS)} is needed; set data.root to it"
    )


def _folders_within(root: Path) -> list[str]:
    return [name for name in names_in(existing_folder(root), DatasetError) if _looks_like_voc(root / name)]


def _inner_folder(root: Path, inner: str, split: str, within: list[str]) -> Path:
    if is_folder(root / inner):
        return _complete(root / inner)
    if _looks_like_voc(root):
        raise DatasetError(f"{root}: is a data set itself, without folder {inner!r}: name the split {split!r} alone")
    raise DatasetError(
        f"{root}: has no folder {inner!r}{did_you_mean(inner, within, ';')} data sets there: {listed(within)}"
    )


def _looks_like_voc(folder: Path) -> bool:
    return is_folder(folder / "Annotations")


def _complete(folder: Path) -> Path:
    for part in _PARTS:
        if not is_folder(folder / part):
            raise DatasetError(f"{folder}: has no folder {part}; a data set of Pascal VOC has {listed(_PARTS)}")
    return folder


def _stems(listing: Path) -> list[str]:
    """The names of a list, one a line."""
    if is_missing(listing):
        splits = _lists_in(listing.parent)
        guess = did_you_mean(listing.stem, splits, ";")
        raise DatasetError(f"{listing}: there is no such split{guess} splits there: {_few(splits)}")
    lines = read_text(listing, DatasetError).splitlines()
    stems = [line.strip() for line in lines if line.strip()]
    if climbing := [stem for stem in stems if "/" in stem or "\\" in stem]:
        raise DatasetError(f"{listing}: {climbing[0]!r} is a path; name images by their name alone, without folder")
    return stems


def _lists_in(folder: Path) -> list[str]:
    return [Path(name).stem for name in names_in(folder, DatasetError) if name.endswith(".txt")]


def _image_names(folder: Path) -> dict[str, str]:
    """The names of the image files by their stems; the folder is listed once."""
    names = names_in(folder, DatasetError)
    by_stem: dict[str, str] = {}
    for suffix in reversed(IMAGE_SUFFIXES):  # so that .jpg, the usual one, wins
        by_stem |= {composed(Path(name).stem): name for name in names if name.lower().endswith(suffix)}
    return by_stem


def _few(names: Iterable[str], most: int = 12) -> str:
    """The first names; the development kit has four lists for each of 20 classes."""
    names = list(names)
    return listed(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
