"""Reads data sets of YOLO: a text file of labels an image, and one file that names splits and classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from zoo_core.common.errors import DatasetError
from zoo_core.common.files import is_missing
from zoo_core.common.messages import shown
from zoo_core.common.reading import read_text
from zoo_core.common.unicode_names import as_it_is_called, composed
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.folders import existing_folder, files_in, is_file_strict, is_folder_strict
from zoo_core.data.readers.layouts import Box, Layout, to_corners
from zoo_core.data.readers.records import Fault, FaultKind, ImageFile, RawObject, Record, as_number
from zoo_core.data.readers.yolo_layout import CLASS_LISTS, Description, describes, description_of, images_of

__all__ = ["YoloReader"]

_OF_DARKNET = ("JPEGImages", "raw")
"""Folders of images for which Darknet looks in ``labels``, besides ``images``."""


class YoloReader(AnnotatedReader):
    """Images, each with a text file of labels in a folder ``labels`` or beside it."""

    @staticmethod
    def recognises(root: Path) -> bool:
        """A file with splits and names of classes; see `zoo_core.data.readers.yolo_layout`."""
        return describes(root)

    def splits(self) -> tuple[str, ...]:
        """The splits that the description names."""
        return self._description().splits

    def class_names(self) -> tuple[str, ...]:
        """The names in the description, by their numbers; two classes of one name are one."""
        return tuple(dict.fromkeys(self._description().names.values()))

    def records(self, split: str) -> list[Record]:
        """The images of a split, folder by folder, in the order of their names or of their list."""
        description = self._description()
        images = images_of(description, split, self.root)
        return [*(_record(image, description, self.root) for image in images), *_strays(images, self.root)]

    def _description(self) -> Description:
        return description_of(existing_folder(self.root))


def _record(image: Path, description: Description, root: Path) -> Record:
    inner = image.relative_to(root)
    labels = _labels_of(inner, root)
    faults: list[Fault] = []
    objects: tuple[RawObject, ...] = ()
    try:
        if not is_file_strict(image):
            remedy = "add it, or remove it from its list"
            faults.append(Fault(FaultKind.MISSING_IMAGE, str(image), "image not found", remedy))
        if not is_missing(labels):  # a pipe, or a link to nowhere, is not an image without objects
            objects = tuple(_objects(labels, description))
    except DatasetError as error:
        faults.append(Fault.of(FaultKind.ANNOTATION, error))
    image_id = inner.with_suffix("").as_posix()
    return Record(image_id, ImageFile(image), labels, objects, unit=True, layout=Layout.CENTERS, faults=tuple(faults))


def _strays(images: list[Path], root: Path) -> Iterator[Record]:
    """Labels without an image, in the folders where those of the images are."""
    listed = defaultdict(set)
    for image in images:
        listed[image.parent].add(composed(image.stem))
    for of_images, named in listed.items():
        folder = _labels_of((of_images / "any").relative_to(root), root).parent
        there = {composed(path.stem) for path in files_in(of_images) if path.suffix.lower() in IMAGE_SUFFIXES}
        names = named | there
        for path in files_in(folder) if folder != root else ():
            if path.suffix == ".txt" and composed(path.stem) not in names and path.name not in CLASS_LISTS:
                message, remedy = "no image belongs to this file", "add the image, or remove the file"
                fault = Fault(FaultKind.MISSING_IMAGE, str(path), message, remedy)
                yield Record(path.stem, ImageFile(path), path, unit=True, faults=(fault,))


def _labels_of(inner: Path, root: Path) -> Path:
    """The last folder ``images`` on the way to an image becomes ``labels``.

    So do Darknet's ``JPEGImages`` and ``raw`` where there is such a folder; else labels are beside the images.
    """
    parts = list(inner.parts)
    for index in reversed(range(len(parts) - 1)):
        beside = root.joinpath(*parts[:index], "labels")
        if parts[index] == "images" or (parts[index] in _OF_DARKNET and is_folder_strict(beside)):
            parts[index] = "labels"
            break
    return as_it_is_called(root.joinpath(*parts).with_suffix(".txt"))


def _objects(labels: Path, description: Description) -> Iterator[RawObject]:
    for number, line in enumerate(read_text(labels, DatasetError).splitlines(), start=1):
        first, *rest = line.split() or [""]
        if not first:
            continue
        label = as_number(first)
        whole = label is not None and label == int(label)
        name = f"class {int(label)}" if label is not None and whole else f"class {first}"
        name = description.names.get(int(label), name) if label is not None and whole else name
        values = [value for value in map(as_number, rest) if value is not None]
        box = _corners(values, description.keypoint_numbers) if len(values) == len(rest) else None
        written = f"({', '.join(rest)})" if box else _why_no_box(line, len(values), description.keypoint_numbers)
        yield RawObject(f"line {number}", name, box, written)


def _corners(values: list[float], keypoint_numbers: int) -> Box | None:
    """The corners of (cx, cy, width, height), also before keypoints, or around a polygon (x, y, x, y, x, y ...)."""
    if len(values) == 4 or (keypoint_numbers and len(values) == 4 + keypoint_numbers):
        return to_corners((values[0], values[1], values[2], values[3]), Layout.CENTERS)
    if not keypoint_numbers and len(values) >= 6 and len(values) % 2 == 0:
        return min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])
    return None


def _why_no_box(line: str, count: int, keypoint_numbers: int) -> str:
    more = f" and, by kpt_shape, {keypoint_numbers} more" if keypoint_numbers else ""
    hint = "; the sixth number, a confidence, makes it a detection" if count == 5 and not more else ""
    return f"should be a class and four numbers{more}, but is {shown(line.strip())}{hint}"
