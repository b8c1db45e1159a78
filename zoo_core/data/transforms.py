"""From an image to the numbers that a network sees: the one definition of it.

Training (after augmentation), scoring, prediction and export all stand on these functions.
"""

from __future__ import annotations

from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.config import Normalization
from zoo_core.geometry import ImageSize

__all__ = ["network_input", "normalize", "stretch"]

Image = NDArray[np.uint8]
Pixels = TypeVar("Pixels", Image, NDArray[np.float32])


def network_input(
    image: Image, size: ImageSize, normalization: Normalization, out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """An image as the network takes it: stretched with linear interpolation, then normalised.

    What is interpolated is not rounded to whole values of a pixel in between: how OpenCV rounds is its
    own, and a file for ONNX Runtime that has to repeat it could not be exact.

    Args:
        image: (H, W, 3) uint8 RGB of any size.
        size: of the network's input.
        normalization: of its pixels.
        out: where to write, as in `normalize`.

    Returns:
        (3, height, width) float32.
    """
    if image.shape[:2] == size:
        return normalize(image, normalization, out)
    return normalize(stretch(image.astype(np.float32), size), normalization, out)


def stretch(image: Pixels, size: ImageSize, interpolation: int = cv2.INTER_LINEAR) -> Pixels:
    """The image (H, W, 3) at another size; its aspect ratio is not kept, so unit boxes stay as they are.

    Args:
        image: RGB, uint8 or float32, of which the result is too.
        size: of the result.
        interpolation: one of OpenCV's ``INTER_`` numbers.
    """
    if image.shape[:2] == size:
        return image
    return cast("Pixels", cv2.resize(image, (size.width, size.height), interpolation=interpolation))


def normalize(
    image: Image | NDArray[np.float32], normalization: Normalization, out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """(value / 255 - mean) / std for each channel of (H, W, 3) RGB with values of 0 to 255.

    Args:
        image: the pixels.
        normalization: means and standard deviations as shares of 255.
        out: (3, H, W) float32 to write to, for example a place in a batch; made when None.

    Returns:
        `out`.
    """
    if out is None:
        out = np.empty((3, *image.shape[:2]), dtype=np.float32)
    # Plane by plane: one pass over contiguous memory instead of a strided one is twice as fast.
    for plane, values, mean, std in zip(out, cv2.split(image), normalization.mean, normalization.std, strict=True):
        np.multiply(values, np.float32(1 / (255 * std)), out=plane)
        np.subtract(plane, np.float32(mean / std), out=plane)
    return out
