"""Image files to RGB arrays and back; says which file is wrong and how."""

from __future__ import annotations

import io
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from zoo_core.errors import DatasetError
from zoo_core.files import as_path, check_writable, reading, replacing, writing
from zoo_core.geometry import ImageSize

__all__ = ["IMAGE_SUFFIXES", "decoded", "file_content", "opened", "orientation", "read_image", "size_of", "write_image"]

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
"""Endings of the files that are looked for as images, the most usual first."""

_PILLOW = Lock()
"""Held while a setting of Pillow's, which all threads share, is changed."""
_ENDS = {b"\xff\xd8": b"\xff\xd9", b"\x89PNG": b"IEND\xaeB`\x82"}
"""How a JPEG and a PNG begin, and how they end when nothing is missing."""

_DAMAGED = (OSError, SyntaxError, ValueError, struct.error)
"""What Pillow raises for a file that begins well and goes on badly."""
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_MOST_PIXELS = 90_000_000
"""A larger image is refused by its header: decoded, it would take more than 270 MB."""
_MOST_BYTES = 1 << 29
"""A larger file is no image, and is not read into memory."""
_TURNED = range(5, 9)
"""The EXIF orientations that exchange height and width."""
_ORIENTATION = 0x0112


def read_image(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """The image of a file, turned upright where its EXIF data says so.

    Grey images and images with alpha become RGB; alpha is dropped.

    Returns:
        (H, W, 3) uint8 RGB, contiguous.

    Raises:
        DatasetError: the file is missing, cannot be read, is truncated, is not an image, or is
            larger than memory should bear.
    """
    path = as_path(path)
    return decoded(file_content(path), path)


def decoded(data: bytes, place: object) -> NDArray[np.uint8]:
    """The image in the bytes of a file; see `read_image`.

    Args:
        data: an encoded image.
        place: what messages call it.
    """
    # What a header promises is believed before anything is decoded, so that a small file cannot fill the memory.
    if not data:
        raise DatasetError(f"{place}: is empty (0 bytes); fetch it again or leave it out")
    with opened(io.BytesIO(data), place) as image:
        width, height = image.size
        if width * height > _MOST_PIXELS:
            raise _too_large(place, f"it says it is {width}x{height} pixels")
    # OpenCV is twice as fast as Pillow, but fills what a truncated file lacks with grey and
    # says nothing; so it is given whole files only.
    if any(data.startswith(start) and data.endswith(end) for start, end in _ENDS.items()):
        found = _by_opencv(data)
        if found is not None:
            return found
    return _by_pillow(data, place)


def file_content(path: Path) -> bytes:
    """The bytes of an image file.

    Raises:
        DatasetError: the file is missing, empty, no plain file, far too large, or cannot be read.
    """
    with reading(path, DatasetError, most=sys.maxsize) as file:
        if (size := os.fstat(file.fileno()).st_size) > _MOST_BYTES:
            raise _too_large(path, f"the file has {size} bytes")
        return file.read()


@contextmanager
def opened(file: BinaryIO, place: object) -> Iterator[Image.Image]:
    """The image in a file with its header read and its pixels not.

    Raises:
        DatasetError: it is no image, or its header is damaged or promises far too much.
    """
    try:
        image = Image.open(file)
    except UnidentifiedImageError:
        raise DatasetError(f"{place}: is not an image, or of a kind that cannot be read") from None
    except _BOMB as error:
        raise _too_large(place, str(error)) from None
    except _DAMAGED as error:
        raise _damaged(place, error) from error
    with image:
        yield image


def size_of(path: Path) -> ImageSize:
    """The size of an image as `read_image` will give it; no more than its header is read.

    Raises:
        DatasetError: as `opened`, or the file cannot be read.
    """
    with reading(path, DatasetError, most=sys.maxsize) as file, opened(file, path) as image:
        width, height = image.size
        turned = orientation(image) in _TURNED
    return ImageSize(width, height) if turned else ImageSize(height, width)


def orientation(image: Image.Image) -> int:
    """How an image must be turned to stand upright, as EXIF counts it: 1 when it does."""
    found = image.getexif().get(_ORIENTATION, 1)
    return found if found in range(1, 9) else 1


def _too_large(place: object, why: str) -> DatasetError:
    return DatasetError(f"{place}: is larger than an image of a data set may be ({why}); scale it down or leave it out")


def _damaged(place: object, error: Exception) -> DatasetError:
    return DatasetError(f"{place}: the image is truncated or damaged ({error}); fetch it again or leave it out")


def _by_opencv(data: bytes) -> NDArray[np.uint8] | None:
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # it refuses, for example, an image of too many pixels
        return None
    if found is None:
        return None
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB, dst=found), dtype=np.uint8)


@contextmanager
def _whole_images_only() -> Iterator[None]:
    """Pillow refuses truncated images, unless somebody told it otherwise: GluonCV does when it is imported."""
    with _PILLOW:
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _by_pillow(data: bytes, place: object) -> NDArray[np.uint8]:
    try:
        with _whole_images_only(), opened(io.BytesIO(data), place) as image:
            return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except _DAMAGED as error:
        raise _damaged(place, error) from error


def write_image(image: NDArray[np.uint8], path: Path) -> None:
    """Write (H, W, 3) uint8 RGB to a file, of the kind that its ending says, all or nothing.

    Raises:
        DatasetError: the file cannot be written.
    """
    check_writable(path, DatasetError, IMAGE_SUFFIXES)
    with writing(path, DatasetError), replacing(path) as fresh:
        Image.fromarray(image).save(fresh, format=Image.registered_extensions()[path.suffix.lower()], quality=92)
