"""Finds the image that an annotation names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.folders import is_file_strict
from zoo_core.data.readers.records import Fault, FaultKind, ImageFile, inside
from zoo_core.data.readers.voc_images import VocImages

__all__ = ["Located", "located", "missing"]


class Located(NamedTuple):
    """Where an image is, or should be.

    Attributes:
        image: its file.
        faults: why it cannot be used: it is not there, or its name leads out of the data set.
    """

    image: ImageFile
    faults: tuple[Fault, ...] = ()


def located(
    name: str, folders: Sequence[Path], annotation: Path, place: str, images: VocImages | None = None
) -> Located:
    """The image of this name in the first folder that has it.

    Args:
        name: name of the image, as the annotation writes it; it may begin with folders.
        folders: where it may be, below the root of the data set.
        annotation: the file that names it.
        place: that file and the line or entry in it, for messages.
        images: finds an image by its name without ending, where the format allows that.
    """
    try:
        files = [inside(folder, name, place) for folder in folders]
        file = next(filter(is_file_strict, files), None)
        if file is None and images:
            file = next(filter(None, (images.named(folder, name) for folder in folders)), None)
    except DatasetError as error:
        return Located(ImageFile(annotation), (Fault.of(FaultKind.ANNOTATION, error),))
    return missing(files[0], place) if file is None else Located(ImageFile(file))


def missing(file: Path, place: str, otherwise: str = "") -> Located:
    """An image that is named and not there; `otherwise` is what can be done but to add it or to take its name out."""
    remedy = f"add it, or {otherwise or f'remove it from {place}'}"
    return Located(ImageFile(file), (Fault(FaultKind.MISSING_IMAGE, str(file), "image not found", remedy),))
