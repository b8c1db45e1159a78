"""Reads data sets of Pascal VOC: annotations once when a split is opened, images when asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from zoo_core.data.images import read_image
from zoo_core.data.settings import VocSettings
from zoo_core.data.voc_annotations import read_annotation
from zoo_core.data.voc_layout import files_of
from zoo_core.errors import DatasetError, closest, counted, listed
from zoo_core.geometry import ImageSize
from zoo_core.interfaces import Sample

__all__ = ["VocDataset", "VocReader"]

_LONGEST_LIST = 10
"""So many faults are listed in a message; the others are counted."""


class VocReader:
    """Keeps the promise of `zoo_core.interfaces.DatasetReader`."""

    def __init__(self, settings: VocSettings) -> None:
        self.settings = settings

    def train(self, class_names: Sequence[str]) -> VocDataset:
        """The images to train on; raises as `VocDataset` does."""
        return VocDataset(self.settings, self.settings.train, class_names, difficult=self.settings.difficult)

    def validation(self, class_names: Sequence[str]) -> VocDataset:
        """The images to score on, difficult objects included; raises as `VocDataset` does."""
        return VocDataset(self.settings, self.settings.validation, class_names)


class VocDataset:
    """The images of some splits; keeps the promise of `zoo_core.interfaces.Dataset`.

    Args:
        settings: where the data is, and what becomes of broken boxes and other classes.
        splits: which lists to read, one after the other.
        class_names: what labels count.
        difficult: whether objects marked as difficult are among the objects.

    Attributes:
        problems: a line for everything that was left out.

    Raises:
        DatasetError: something that is needed is missing or cannot be read, the classes do not
            fit, or a box is broken and the settings refuse those.
    """

    def __init__(
        self, settings: VocSettings, splits: Sequence[str], class_names: Sequence[str], *, difficult: bool = True
    ) -> None:
        root = settings.root.expanduser()
        self.class_names = tuple(class_names)
        self._difficult = difficult
        self._files = [files for split in splits for files in files_of(root, split)]
        self._annotations = [read_annotation(files.annotation) for files in self._files]
        place = f"{root} ({listed(splits)})"
        broken = [line for annotation in self._annotations for line in annotation.problems]
        if broken and settings.broken == "refuse":
            raise DatasetError(_refusal(place, broken))
        found = Counter(each.name for annotation in self._annotations for each in annotation.objects)
        _check_classes(place, found, self.class_names, skip=settings.other_classes == "skip")
        left_out = [
            f"{place}: {counted(count, 'object')} of class {name!r} left out (data.other_classes=skip)"
            for name, count in found.most_common()
            if name not in self.class_names
        ]
        self.problems: tuple[str, ...] = (*broken, *left_out)

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> Sample:
        """Read an image.

        Raises:
            DatasetError: the image cannot be read, or is not of the size for which it was annotated.
        """
        files, annotation = self._files[index], self._annotations[index]
        image = read_image(files.image)
        size = ImageSize(*image.shape[:2])
        if annotation.size not in (None, size):
            raise DatasetError(
                f"{files.image}: is {size} (HEIGHTxWIDTH), and {files.annotation} was made for {annotation.size}; "
                "correct its <size> and boxes, or take the image out of the list"
            )
        objects = [
            each
            for each in annotation.objects
            if each.name in self.class_names and (self._difficult or not each.difficult)
        ]
        return Sample(
            image=image,
            boxes=np.array([each.box for each in objects], dtype=np.float32).reshape(-1, 4),
            labels=np.array([self.class_names.index(each.name) for each in objects], dtype=np.int64),
            difficult=np.array([each.difficult for each in objects], dtype=np.bool_),
            crowd=np.zeros(len(objects), dtype=np.bool_),
            image_id=files.image_id,
        )


def _refusal(place: str, broken: Sequence[str]) -> str:
    lines = [*broken[:_LONGEST_LIST]]
    if len(broken) > _LONGEST_LIST:
        lines.append(f"and {len(broken) - _LONGEST_LIST} more")
    heading = f"{place}: {counted(len(broken), 'broken object')}; correct them, or leave them out with data.broken=skip"
    return "\n  ".join([heading, *lines])


def _check_classes(place: str, found: Counter[str], configured: Sequence[str], *, skip: bool) -> None:
    """Refuse classes that are written otherwise in the data, others unless `skip`, and data without any object."""
    others = [name for name, _ in found.most_common() if name not in configured]
    in_data = ", ".join(f"{name} ({count})" for name, count in found.most_common()) or "none"
    for name in configured:
        near = closest(name, others) if name not in found else None
        # Who leaves classes out knows their names, so only another case is a slip for sure.
        if near and (not skip or near.lower() == name.lower()):
            raise DatasetError(
                f"{place}: has no object of class {name!r}; did you mean {near!r}? "
                f"classes there, with their numbers of objects: {in_data}"
            )
    if others and not skip:
        raise DatasetError(
            f"{place}: has objects of classes that are not configured: {listed(others)}; "
            f"add them to classes, or leave their objects out with data.other_classes=skip; "
            f"classes there, with their numbers of objects: {in_data}"
        )
    if not any(name in found for name in configured):
        raise DatasetError(
            f"{place}: has no object of the configured classes ({listed(configured)}); "
            f"classes there, with their numbers of objects: {in_data}"
        )
