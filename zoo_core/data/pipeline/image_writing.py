"""RGB arrays to image files."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo_core.common.errors import DatasetError
from zoo_core.common.writing import check_writable, replacing, writing
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.parts.geometry import ImageSize

__all__ = ["encode_image", "write_image"]

_LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}
"""Pixels of what libjpeg and libwebp write; the one prints more than it raises, and neither names the file."""


def write_image(image: NDArray[np.uint8], path: Path) -> None:
    """Write (H, W, 3) uint8 RGB to a file, of the kind that its ending says, all or nothing.

    Raises:
        DatasetError: the file cannot be written, or its kind has no such large images.
    """
    check_writable(path, DatasetError, IMAGE_SUFFIXES)
    with writing(path, DatasetError), replacing(path) as fresh, fresh.open("wb") as file:
        encode_image(image, file, Image.registered_extensions()[path.suffix.lower()], path)


def encode_image(image: NDArray[np.uint8], file: BinaryIO, kind: str, place: object) -> None:
    """Write (H, W, 3) uint8 RGB to an open file.

    Args:
        image: its pixels.
        file: where it goes.
        kind: kind of file, as Pillow calls it: ``JPEG``.
        place: what messages call it.

    Raises:
        DatasetError: the kind has no such large images.
        OSError: the file cannot be written.
    """
    size, most = ImageSize(*image.shape[:2]), _LONGEST_SIDE.get(kind)
    if most and max(size) > most:
        raise DatasetError(
            f"{place}: cannot be written: {size} pixels are too many for {kind}, whose sides have at most {most}; "
            "choose PNG"
        )
    Image.fromarray(image).save(file, kind, quality=92)
