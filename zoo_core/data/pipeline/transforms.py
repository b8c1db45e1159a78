"""From an image to the numbers that a network sees: the one definition of it.

Training (after augmentation), scoring, prediction and export all stand on these functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.config.detector import Normalization
from zoo_core.config.resize import StretchResize
from zoo_core.parts.geometry import ImageSize, Placement, WarpedPlacement
from zoo_core.parts.resizing import Interpolation, ResizeSettings, placed

__all__ = ["INTERPOLATIONS", "network_input", "normalize", "resized", "stretch", "warp"]

Image = NDArray[np.uint8]
Pixels = TypeVar("Pixels", Image, NDArray[np.float32])

INTERPOLATIONS: dict[Interpolation, int] = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos": cv2.INTER_LANCZOS4,
}
"""OpenCV's numbers, which are MXNet's and GluonCV's too."""

_LINEAR = StretchResize()
_LONGEST = 2**15 - 2
"""Pixels of a side that OpenCV can warp."""


def network_input(
    image: Image,
    size: ImageSize,
    normalization: Normalization,
    out: NDArray[np.float32] | None = None,
    resize: ResizeSettings = _LINEAR,
) -> NDArray[np.float32]:
    """An image as the network takes it: resized, then normalised.

    Args:
        image: (H, W, 3) uint8 RGB of any size.
        size: `input_size` of the configuration.
        normalization: normalization of the pixels.
        out: where to write, as in `normalize`.
        resize: how the image comes to the size of the network's input; stretched with linear interpolation by default.

    Returns:
        (3, height, width) float32.
    """
    placement = placed(resize, ImageSize(*image.shape[:2]), size)
    return normalize(resized(image, resize, placement), normalization, out)


def resized(image: Image, resize: ResizeSettings, placement: Placement) -> Image | NDArray[np.float32]:
    """An image as it lies in the network's input, values of 0 to 255.

    What is not to be rounded is interpolated in float32: how OpenCV rounds is its own, and a file for ONNX Runtime
    that has to repeat it could not be exact.

    Args:
        image: (H, W, 3) uint8 RGB of any size.
        resize: how it is resized.
        placement: where it then lies, as `resize` gives it.

    Returns:
        (height, width, 3) of the input, uint8 where `resize.rounded`, else float32; the image itself where nothing is
        to be done.
    """
    size = ImageSize(*image.shape[:2])
    interpolation = INTERPOLATIONS[resize.interpolation_for(size, placement.picture)]
    if isinstance(placement, WarpedPlacement):
        if resize.rounded:
            return _warped(image, resize, placement, interpolation)
        return _warped(image.astype(np.float32), resize, placement, interpolation)
    if placement == (size, size, 0, 0):
        return image
    if resize.rounded:
        return _on_canvas(_stretched_as_mxnet(image, placement.picture, interpolation), resize, placement)
    return _on_canvas(stretch(image.astype(np.float32), placement.picture, interpolation), resize, placement)


def _stretched_as_mxnet(image: Image, size: ImageSize, interpolation: int) -> Image:
    """`stretch` without Intel's library, whose cubic interpolation rounds one value in twenty differently.

    So pixels are those of MXNet, whose OpenCV does without, and the same on processors for which there is none.
    """
    if interpolation != cv2.INTER_CUBIC or not cv2.ipp.useIPP():
        return stretch(image, size, interpolation)
    cv2.ipp.setUseIPP(False)  # of this thread alone
    try:
        return stretch(image, size, interpolation)
    finally:
        cv2.ipp.setUseIPP(True)


def _warped(image: Pixels, resize: ResizeSettings, placement: WarpedPlacement, interpolation: int) -> Pixels:
    region = placement.region
    matrix = np.array(
        [[region.width / image.shape[1], 0, region.left], [0, region.height / image.shape[0], region.top]], np.float64
    )
    fill = resize.fill  # type: ignore[attr-defined]  # what leaves something over has it
    return warp(image, matrix, placement.input, fill, interpolation)


def warp(
    image: Pixels,
    matrix: NDArray[np.float64],
    size: ImageSize,
    fill: Sequence[float],
    interpolation: int = cv2.INTER_LINEAR,
) -> Pixels:
    """An image of any length under an affine map; OpenCV's has a limit of 15 bits, to which longer sides are shrunk.

    Args:
        image: (H, W, 3).
        matrix: (2, 3), from columns and rows of the image to those of the result.
        size: size of the result.
        fill: colour of what no pixel comes to.
        interpolation: one of OpenCV's ``INTER_`` numbers.
    """
    height, width = image.shape[:2]
    taken = ImageSize(min(height, _LONGEST), min(width, _LONGEST))
    shrunk = stretch(image, taken, cv2.INTER_AREA)
    matrix = matrix * [width / taken.width, height / taken.height, 1]
    return cast("Pixels", cv2.warpAffine(shrunk, matrix, size[::-1], flags=interpolation, borderValue=fill))


def _on_canvas(picture: Pixels, resize: ResizeSettings, placement: Placement) -> Pixels:
    if placement.fills:
        return picture
    canvas = np.empty((*placement.input, 3), picture.dtype)
    canvas[...] = resize.fill  # type: ignore[attr-defined]  # what leaves something over has it
    rows = slice(placement.top, placement.top + placement.picture.height)
    columns = slice(placement.left, placement.left + placement.picture.width)
    canvas[rows, columns] = picture
    return canvas


def stretch(image: Pixels, size: ImageSize, interpolation: int = cv2.INTER_LINEAR) -> Pixels:
    """The image (H, W, 3) at another size; its aspect ratio is not kept, so unit boxes stay as they are.

    Args:
        image: RGB, uint8 or float32, of which the result is too.
        size: size of the result.
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
