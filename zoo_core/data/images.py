"""Image files to RGB arrays and back; says which file is wrong and how."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from zoo_core.errors import DatasetError, did_you_mean
from zoo_core.files import replacing

__all__ = ["IMAGE_SUFFIXES", "read_image", "write_image"]

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
"""Endings of the files that are looked for as images, the most usual first."""

_PILLOW = Lock()
"""Held while a setting of Pillow's, which all threads share, is changed."""
_ENDS = {b"\xff\xd8": b"\xff\xd9", b"\x89PNG": b"IEND\xaeB`\x82"}
"""How a JPEG and a PNG begin, and how they end when nothing is missing."""

_DAMAGED = (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError)
"""What Pillow raises for a file that begins well and goes on badly."""


def read_image(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """The image of a file, turned upright where its EXIF data says so.

    Grey images and images with alpha become RGB; alpha is dropped.

    Returns:
        (H, W, 3) uint8 RGB, contiguous.

    Raises:
        DatasetError: the file is missing, cannot be read, is truncated or is not an image.
    """
    path = Path(path)
    data = _content(path)
    # OpenCV is twice as fast as Pillow, but fills what a truncated file lacks with grey and
    # says nothing; so it is given whole files only.
    if any(data.startswith(start) and data.endswith(end) for start, end in _ENDS.items()):
        found = _by_opencv(data)
        if found is not None:
            return found
    return _by_pillow(data, path)


def _content(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        near = (other.name for other in path.parent.iterdir()) if path.parent.is_dir() else ()
        raise DatasetError(f"{path}: there is no such file{did_you_mean(path.name, near)}") from None
    except IsADirectoryError:
        raise DatasetError(f"{path}: is a folder, and an image file is needed") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from None
    if not data:
        raise DatasetError(f"{path}: is empty (0 bytes); fetch it again or leave it out")
    return data


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


def _by_pillow(data: bytes, path: Path) -> NDArray[np.uint8]:
    try:
        with _whole_images_only(), Image.open(io.BytesIO(data)) as image:
            return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except UnidentifiedImageError:
        raise DatasetError(f"{path}: is not an image, or of a kind that cannot be read") from None
    except _DAMAGED as error:
        raise DatasetError(
            f"{path}: the image is truncated or damaged ({error}); fetch it again or leave it out"
        ) from error


def write_image(image: NDArray[np.uint8], path: Path) -> None:
    """Write (H, W, 3) uint8 RGB to a file, of the kind that its ending says, all or nothing.

    Raises:
        DatasetError: the file cannot be written.
    """
    try:
        with replacing(path) as fresh:
            Image.fromarray(image).save(fresh, format=Image.registered_extensions()[path.suffix.lower()], quality=92)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror}") from None
