"""Finds the files of Pascal VOC: folders, splits, images and annotations.

A folder of the development kit holds Annotations/*.xml, JPEGImages/*.jpg and lists of names in ImageSets/Main/*.txt.
It and GluonCV keep several side by side (VOC2007, VOC2012), and then a split says which one is meant:
``VOC2007/trainval``. Where there are no lists, every annotation counts, and folders named like splits are the splits:
so write Roboflow (``train/*.xml`` beside the images), LabelImg (beside them too, or in a folder of its own), Label
Studio (Annotations, images), labelme2voc (Annotations, JPEGImages) and FiftyOne (labels, data).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import did_you_mean, listed, shown
from zoo_core.common.unicode_names import as_it_is_called
from zoo_core.data.readers.folders import (
    existing_folder,
    files_in,
    files_in_tree,
    folders_in,
    is_file_strict,
    is_folder_strict,
)
from zoo_core.data.readers.records import inside
from zoo_core.data.readers.splits import USUAL_SPLITS, WHOLE, holding_out, name_of_split, usual_splits
from zoo_core.data.readers.voc_images import ANNOTATIONS, VocImages, called
from zoo_core.data.readers.voc_lists import lists_in, names_in, splits_of

__all__ = ["Files", "files_of", "is_voc", "name_in", "splits_in"]

_PARTS = ("Annotations", "JPEGImages", "ImageSets/Main")
_LISTS = Path("ImageSets", "Main")
_INSTEAD = {"trainval": "train", "test": "val"}
_TRIED = 20
"""So many annotations are looked at to see whether there are images for them."""


class Files(NamedTuple):
    """The files of an image, whether they are there or not.

    `image_id` begins with the folder where the split names it; `listing` is what names the image: a list, or the
    folder of its annotation.
    """

    image_id: str
    image: Path
    annotation: Path
    listing: Path


def is_voc(root: Path) -> bool:
    """Whether a folder is a VOC folder, holds some, or has annotations in XML with images of the same names."""
    if _of_kit(root) or any(map(_of_kit, folders_in(root))):
        return True
    images = VocImages()
    return any(images.of(place, xml) for _, place, xml in itertools.islice(_unlisted(root), _TRIED))


def splits_in(root: Path) -> tuple[str, ...]:
    """The splits below a folder, with their folder where there are several of those.

    Raises:
        DatasetError: it is not a VOC folder, and holds none.
    """
    within = _folders_within(root)
    if _of_kit(root) or not within:
        return _splits_of(root)
    return tuple(f"{inner}/{name}" for inner in within for name in _splits_of(root / inner))


def files_of(root: Path, split: str) -> list[Files]:
    """The images of a split in the order of its list, or of the names of the annotations.

    Args:
        root: a VOC folder, or one that holds VOC folders.
        split: ``trainval``, or with the folder, ``VOC2007/trainval``.

    Raises:
        DatasetError: a folder or list is missing; says which and what is there.
    """
    *inner, name = split.split("/")
    folder = _voc_folder(root, inner[0] if inner else None, name)
    lists = _lists(folder)
    found = _listed(folder, lists, name) if lists else _in_folders(folder, name)
    return [each._replace(image_id="/".join([*inner, each.image_id])) for each in found]


def name_in(root: Path, split: str) -> str:
    """What a split that is asked for is called here; raises as `files_of`."""
    *inner, name = split.split("/")
    folder = _voc_folder(root, inner[0] if inner else None, name)
    there = [*_lists(folder)] or [each for each, _, _ in _unlisted(folder)]
    return "/".join([*inner, _name_of(name, there, folder)])


# With lists


def _listed(folder: Path, lists: Mapping[str, list[Path]], split: str) -> Iterator[Files]:
    paths = lists[_name_of(split, [*lists], folder / _LISTS / f"{split}.txt")]
    of_images, of_annotations = folder / "JPEGImages", folder / "Annotations"
    images = VocImages()
    for name in names_in(paths, lambda name: is_file_strict(as_it_is_called(of_annotations / f"{name}.xml"))):
        try:
            annotation = as_it_is_called(inside(of_annotations, f"{name}.xml", paths[0]))
        except DatasetError:
            raise DatasetError(
                f"{paths[0]}: {shown(name)} is a path outside {of_images}; name images by their paths "
                "relative to it, without '..'"
            ) from None
        image = images.named(of_images, name) or of_images / f"{name}.jpg"
        yield Files(name, image, annotation, paths[0])


def _lists(folder: Path) -> dict[str, list[Path]]:
    """The lists of each split; none where the folder never had any.

    Raises:
        DatasetError: a folder is missing beside others of the development kit.
    """
    has_lists = is_folder_strict(folder / _LISTS.parent)
    if has_lists and not is_folder_strict(folder / "Annotations"):
        raise _no_voc(folder)
    for part in _PARTS if has_lists else ():
        if not is_folder_strict(folder / part):
            raise DatasetError(f"{folder}: has no folder {part}; a Pascal VOC data set has {listed(_PARTS)}")
    return lists_in(folder / _LISTS)


# Without


def _in_folders(folder: Path, split: str) -> Iterator[Files]:
    by_split: dict[str, list[tuple[Path, Path]]] = {}
    for name, place, xml in _unlisted(folder):
        by_split.setdefault(name, []).append((place, xml))
    if not by_split:
        raise _no_voc(folder)
    images = VocImages()
    for place, xml in by_split[_name_of(split, [*by_split], folder / split)]:
        name = xml.relative_to(folder).with_name(xml.stem).as_posix()
        yield Files(name, images.of(place, xml) or images.expected(place, xml), xml, xml.parent)


def _unlisted(folder: Path) -> Iterator[tuple[str, Path, Path]]:
    """Split, folder of annotations, and file of each annotation."""
    for place, xmls in ((place, [*filter(_is_xml, files_in_tree(place))]) for place in called(ANNOTATIONS, folder)):
        if xmls:
            for xml in xmls:
                first = xml.relative_to(place).parts[0]
                yield first if first.lower() in USUAL_SPLITS else WHOLE, place, xml
            return
    splits = [(each.name, each) for each in folders_in(folder) if each.name.lower() in USUAL_SPLITS]
    for split, outer in splits or [(WHOLE, folder)]:
        for place in [*(called(ANNOTATIONS, outer) if splits else ()), outer]:
            xmls = [*filter(_is_xml, files_in(place))]
            yield from ((split, place, xml) for xml in xmls)
            if xmls:
                break


def _is_xml(path: Path) -> bool:
    return path.suffix.lower() == ".xml"


# Which folder, which split


def _splits_of(folder: Path) -> tuple[str, ...]:
    if lists := _lists(folder):
        return splits_of([*lists])
    found = dict.fromkeys(split for split, _, _ in _unlisted(folder))
    if not found:
        raise _no_voc(folder)
    return usual_splits(found)


def _name_of(split: str, there: Collection[str], place: Path) -> str:
    """What a split is called here; where there is neither trainval nor test, train and val take their place."""
    instead = {} if {"trainval", split} & {*there} else _INSTEAD
    try:
        return name_of_split(instead.get(split, split), there, place)
    except DatasetError:
        guess = did_you_mean(split, there, ";")
        raise DatasetError(
            f"{place}: no such split{guess} available splits: {_few(sorted(there))}{holding_out(there)}"
        ) from None


def _voc_folder(root: Path, inner: str | None, split: str) -> Path:
    within = _folders_within(root)
    if inner is not None:
        return _inner_folder(root, inner, split, within)
    if _of_kit(root) or not within:
        return root
    if len(within) == 1:
        return root / within[0]
    raise DatasetError(
        f"{root}: holds {len(within)} data sets ({listed(within)}); choose one with the split: "
        f"{within[0]}/{split}, or a list of several"
    )


def _no_voc(root: Path) -> DatasetError:
    return DatasetError(
        f"{root}: is not a Pascal VOC data set, and contains none: "
        f"a folder with {listed(_PARTS)} is needed, or a folder of XML annotations; set data.root to it"
    )


def _folders_within(root: Path) -> list[str]:
    return [each.name for each in folders_in(existing_folder(root)) if _of_kit(each)]


def _inner_folder(root: Path, inner: str, split: str, within: list[str]) -> Path:
    if is_folder_strict(root / inner):
        return root / inner
    if _of_kit(root):
        raise DatasetError(f"{root}: is itself a data set, without a folder {inner!r}: name the split {split!r} alone")
    raise DatasetError(
        f"{root}: has no folder {inner!r}{did_you_mean(inner, within, ';')} available data sets: {listed(within)}"
    )


def _of_kit(folder: Path) -> bool:
    return is_folder_strict(folder / "Annotations") and folder.name.lower() not in USUAL_SPLITS


def _few(names: Sequence[str], most: int = 12) -> str:
    """The first names; the development kit has four lists for each of 20 classes."""
    return listed(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
