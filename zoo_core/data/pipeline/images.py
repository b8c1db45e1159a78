"""Image files to RGB arrays; says which file is wrong and how."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from zoo_core.common.errors import DatasetError, ZooError
from zoo_core.common.files import as_path
from zoo_core.common.reading import reading
from zoo_core.common.unicode_names import as_it_is_called
from zoo_core.data.pipeline.codec_messages import with_messages
from zoo_core.data.pipeline.float_tiff import FLOATS, float_pixels, float_tags
from zoo_core.data.pipeline.jpeg_damage import damage_in, missing_scans
from zoo_core.data.pipeline.pixels import ORIENTATION, as_rgb, orientation, upright
from zoo_core.data.pipeline.png_chunks import may_be_turned
from zoo_core.parts.geometry import ImageSize

__all__ = [
    "IMAGE_SUFFIXES",
    "Header",
    "decoded",
    "file_content",
    "from_pillow",
    "header_of",
    "read_image",
    "size_of",
]

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
"""Endings of the files that are looked for as images, the most usual first."""

_PILLOW = Lock()
"""Held while a setting of Pillow's, which all threads share, is changed."""
_ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
"""How a JPEG, also one with other pictures behind it, and a PNG end when nothing is missing."""
_AS_IT_LIES = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
_MOST_PIXELS = 90_000_000
"""A larger image is refused by its header: decoded, it would take more than 270 MB."""
_MOST_BYTES = 1 << 29
"""A larger file is not an image, and is not read into memory."""
_TURNED = range(5, 9)
"""The orientations that exchange height and width."""
_WIDTH, _HEIGHT = 256, 257
"""Tags of TIFF."""


# What Pillow logs of a damaged image would be printed where nobody has set up logging.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def read_image(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """The image of a file, turned upright where its EXIF data, XMP or tags of TIFF say so.

    Every mode becomes RGB: see `zoo_core.data.pipeline.pixels.as_rgb`. Of several images in a file the first is read.

    Returns:
        (H, W, 3) uint8 RGB, contiguous.

    Raises:
        DatasetError: the file is missing, cannot be read, is truncated or damaged, is not an image, is
            larger than memory should bear, or does not say what its numbers mean.
    """
    path = as_path(path)
    return decoded(file_content(path), path)


def decoded(data: bytes, place: object) -> NDArray[np.uint8]:
    """The image in the bytes of a file; see `read_image`.

    Args:
        data: an encoded image.
        place: what messages call it.
    """
    if not data:
        raise DatasetError(f"{place}: is empty (0 bytes); download it again or remove it")
    header = header_of(io.BytesIO(data), place)
    if header.mode == FLOATS:
        return float_pixels(data, place)
    pixels = _by_opencv(data, header, place)
    return upright(pixels, header.orientation) if pixels is not None else _by_pillow(data, place)


def from_pillow(image: Image.Image, place: object) -> NDArray[np.uint8]:
    """The pixels of an image of Pillow's, as `read_image` gives those of its file.

    Raises:
        DatasetError: as `read_image`, or it has no pixels.
    """
    pixels = None
    # What was opened and not yet touched is judged as any other file is: Pillow fills up a truncated JPEG with grey.
    if (data := _untouched(image)) is not None:
        pixels = decoded(data, place)
    with _pillow(place):
        _check_size(*image.size, place)
        image.load()  # which closes its file, too
        if pixels is not None and pixels.shape[:2] in (image.size, image.size[::-1]):  # it was not shrunk by `draft`
            return pixels
        return with_messages(lambda: _upright_rgb(image, place))[0]


def _untouched(image: Image.Image) -> bytes | None:
    """The bytes of the file whose first image was opened and is not loaded."""
    file = getattr(image, "fp", None)
    if not getattr(image, "tile", None) or file is None or image.tell():
        return None
    position = file.tell()
    file.seek(0)
    data: bytes = file.read(_MOST_BYTES)
    file.seek(position)
    return data


def file_content(path: Path) -> bytes:
    """The bytes of an image file.

    Raises:
        DatasetError: the file is missing, empty, no plain file, far too large, or cannot be read.
    """
    with reading(as_it_is_called(path), DatasetError, most=sys.maxsize) as file:
        if (size := os.fstat(file.fileno()).st_size) > _MOST_BYTES:
            raise _too_large(path, f"the file has {size} bytes")
        return file.read()


class Header(NamedTuple):
    """What the header of an image says.

    Attributes:
        kind: kind of file, as Pillow calls it: ``JPEG``.
        mode: mode of the pixels, as Pillow calls it.
        size: size of the image when it stands upright.
        orientation: how it must be turned to stand upright, as EXIF counts it.
    """

    kind: str
    mode: str
    size: ImageSize
    orientation: int

    @property
    def size_as_it_lies(self) -> ImageSize:
        """The size of the image before it is turned upright."""
        return ImageSize(self.size.width, self.size.height) if self.orientation in _TURNED else self.size


def header_of(file: BinaryIO, place: object) -> Header:
    """The header of an image in a file; its pixels are not read.

    Raises:
        DatasetError: it is not an image, or its header is damaged or promises far too much.
    """
    with _pillow(place):
        try:
            image = Image.open(file)
        except UnidentifiedImageError:
            if (tags := float_tags(file)) is None:
                raise
            return _header("TIFF", FLOATS, (tags[_WIDTH], tags[_HEIGHT]), tags.get(ORIENTATION, 1), place)
        with image:
            size = image.size
            if (tags := getattr(image, "tag_v2", None)) is not None:  # Pillow may have turned it already
                size = tags[_WIDTH], tags[_HEIGHT]
            turned = orientation(image) if image.format != "PNG" or may_be_turned(file) else 1
            return _header(image.format or "", image.mode, size, turned, place)


def _header(kind: str, mode: str, size: tuple[int, int], turned: int, place: object) -> Header:
    """Of an image whose width and height are `size` as it lies."""
    _check_size(*size, place)
    width, height = size
    return Header(kind, mode, ImageSize(width, height) if turned in _TURNED else ImageSize(height, width), turned)


def size_of(path: Path) -> ImageSize:
    """The size of an image as `read_image` will give it; no more than its header is read.

    Raises:
        DatasetError: as `header_of`, or the file cannot be read.
    """
    with reading(as_it_is_called(path), DatasetError, most=sys.maxsize) as file:
        return header_of(file, path).size


def _check_size(width: int, height: int, place: object) -> None:
    if not width or not height:
        raise DatasetError(f"{place}: is an image of {width}x{height} pixels, so it has none")
    # What a header promises is believed before anything is decoded, so that a small file cannot fill the memory.
    if width * height > _MOST_PIXELS:
        raise _too_large(place, f"its header says {width}x{height} pixels")


def _too_large(place: object, why: str) -> DatasetError:
    return DatasetError(f"{place}: is larger than the limit for an image ({why}); scale it down or remove it")


def _damaged(place: object, why: object) -> DatasetError:
    return DatasetError(f"{place}: the image is truncated or damaged ({why}); download it again or remove it")


def _by_opencv(data: bytes, header: Header, place: object) -> NDArray[np.uint8] | None:
    """The pixels of a whole JPEG or PNG as they lie in it; None where Pillow has to look at it.

    OpenCV is more than twice as fast as Pillow, but fills what a truncated file lacks with grey, and takes every
    CMYK image for an inverted one.
    """
    if header.kind not in _ENDS:
        return None
    end = data.rfind(_ENDS[header.kind])
    if end < 0:
        return None
    if header.kind != "PNG" and (why := missing_scans(data)):
        raise _damaged(place, why)
    encoded = np.frombuffer(data, np.uint8, end + len(_ENDS[header.kind]))
    try:
        found, said = with_messages(lambda: cv2.imdecode(encoded, _AS_IT_LIES))
    except cv2.error:  # it refuses, for example, an image of too many pixels
        return None
    if damage := damage_in(said, data[:end]):
        raise _damaged(place, damage)
    return None if found is None or header.mode == "CMYK" else np.asarray(found, dtype=np.uint8)


@contextmanager
def _pillow(place: object) -> Iterator[None]:
    """Has Pillow refuse truncated images, whatever it was told elsewhere, and puts what it says in our words.

    GluonCV tells it to take truncated images when it is imported.
    """
    with _PILLOW, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            yield
        except UnidentifiedImageError:
            raise DatasetError(
                f"{place}: is not an image, or is in a format that cannot be read; save it as JPEG or PNG"
            ) from None
        except Image.DecompressionBombError as error:
            raise _too_large(place, str(error)) from None
        except ZooError:
            raise
        except Exception as error:
            # Its readers trip over a damaged file in many ways: an index, a key, an attribute that is not there.
            raise _damaged(place, error or type(error).__name__) from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _by_pillow(data: bytes, place: object) -> NDArray[np.uint8]:
    def decode() -> NDArray[np.uint8]:
        with Image.open(io.BytesIO(data)) as image:
            return _upright_rgb(image, place)

    with _pillow(place):
        return with_messages(decode)[0]  # it says by itself what is damaged


def _upright_rgb(image: Image.Image, place: object) -> NDArray[np.uint8]:
    pixels = as_rgb(image, place)
    return upright(pixels, orientation(image))  # which Pillow has done and forgotten for a TIFF when it is loaded
