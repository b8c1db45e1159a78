"""TIFFs of floating-point numbers that Pillow does not read: those in colour, and those of 64 bits."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from zoo_core.common.errors import DatasetError
from zoo_core.data.pipeline.codec_messages import with_messages
from zoo_core.data.pipeline.pixels import of_wide

__all__ = ["FLOATS", "float_pixels", "float_tags"]

FLOATS = "floats"
"""The mode of such an image; Pillow has none."""
_BEGINNINGS = (b"II*\0", b"MM\0*")
_BITS, _PHOTOMETRIC, _PLANES, _FORMAT = 258, 262, 284, 339
_FLOAT, _WHITE_IS_ZERO, _GREY_OR_RGB = 3, 0, (0, 1, 2)


def float_tags(file: BinaryIO) -> Mapping[int, Any] | None:
    """The tags of such a TIFF, from the beginning of its file; None where it is something else."""
    file.seek(0)
    head = file.read(8)
    if not head.startswith(_BEGINNINGS):
        return None
    tags = ImageFileDirectory_v2(head)
    file.seek(tags.next)
    tags.load(file)
    # OpenCV mixes up colours that lie in planes, and half the bits it does not read.
    readable = {*tags.get(_FORMAT, ())} == {_FLOAT} and {*tags.get(_BITS, ())} <= {32, 64} and tags.get(_PLANES, 1) == 1
    return tags if readable and tags.get(_PHOTOMETRIC) in _GREY_OR_RGB else None


def float_pixels(data: bytes, place: object) -> NDArray[np.uint8]:
    """The pixels (H, W, 3) uint8 RGB of such a TIFF, upright; alpha is dropped.

    Raises:
        DatasetError: it is damaged, or what black and white are is not known.
    """
    found, said = with_messages(lambda: cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
    if found is None or said.strip():
        raise DatasetError(f"{place}: the image is truncated or damaged; download it again or remove it")
    if found.ndim == 2:
        found = found[..., None]
    pixels = of_wide(found[..., :3][..., ::-1], place)
    tags = float_tags(io.BytesIO(data)) or {}
    pixels = ~pixels if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else pixels
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
