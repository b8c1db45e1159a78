"""Where pictures are resized: in an exported file, or by what runs it.

ONNX's Resize is OpenCV's in float32 for linear and cubic interpolation. Nothing in ONNX rounds as OpenCV does, chooses
by the size of a picture at no cost, or has anchors that depend on it (docs/decisions/0008-resizing-in-files.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import convert, out_of_input
from zoo_core.common.errors import ExportError
from zoo_core.common.optional_packages import missing
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.resize import StretchResize
from zoo_core.parts.geometry import BoxFormat, ImageSize, Placement
from zoo_core.parts.questions import ask
from zoo_core.parts.resizing import ResizeSettings, placed
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["FilePictures", "ResizedFirst", "as_taken", "find_resized", "pictures_of"]

_IN_FILES = ("linear", "cubic")

Image = NDArray[np.uint8]
Taken = NDArray[np.uint8] | NDArray[np.float32]
Find = Callable[[Sequence[Taken]], Iterable[Found]]


@dataclass(frozen=True)
class FilePictures:
    """Which pictures a file takes.

    Attributes:
        size: size of all of them; None for pictures of every size.
        network: the size of the network's input.
        resized: whether they were resized to it before; else the file does that.
    """

    size: ImageSize | None
    network: ImageSize
    resized: bool


class _ResizeError(ExportError):
    """What is asked for with `resize` and a size of pictures, and no file can do."""

    exit_code = 2


def pictures_of(config: DetectorConfig, picture: ImageSize | None) -> FilePictures:
    """Which pictures the file of a detector takes.

    Args:
        config: configuration of the detector.
        picture: the size of all pictures; None for pictures of every size.

    Raises:
        ExportError: with exit code 2; no file can do what `resize` says for such pictures.
    """
    resize, size = config.resize, config.input_size
    in_file = isinstance(resize, StretchResize) and not resize.rounded and resize.interpolation in _IN_FILES
    if picture is None:
        if resize.extremes(size):
            raise _ResizeError(
                f"resize: with {resize.name!r} every picture gets its own network input size, but a file has only "
                f"one: give the size of all pictures (--input HxW), or stretch them (--set resize=stretch)"
            )
        return FilePictures(None, size, resized=False) if in_file else FilePictures(size, size, resized=True)
    least: ImageSize = ask(config.backbone, "smallest_input")
    placement = placed(resize, picture, size, least)
    if placement == (picture, picture, 0, 0) or in_file:
        return FilePictures(picture, placement.input, resized=False)
    if resize.extremes(size) and placement == placed(resize, picture, size):
        return FilePictures(placement.input, placement.input, resized=True)
    if resize.extremes(size):
        raise _ResizeError(f"resize: pictures of {picture} are too narrow for backbone {config.backbone.name!r}")
    raise _ResizeError(
        f"resize: ONNX cannot resize as {_in_words(resize)} does, so the file takes pictures already resized to "
        f"{size}: leave --input {picture} out, or let the file stretch them (--set resize=stretch)"
    )


def _in_words(resize: ResizeSettings) -> str:
    return f"{resize.name!r} ({resize.interpolation}{', rounded' if resize.rounded else ''})"


def as_taken(image: Image, resize: ResizeSettings, placement: Placement) -> Taken:
    """A picture (H, W, 3) uint8 RGB as a file takes it that does not resize: uint8 if `resize.rounded`, else float32.

    Raises:
        MissingPackageError: the image libraries are not installed.
    """
    try:
        from zoo_core.data.pipeline.transforms import resized
    except ModuleNotFoundError as error:
        raise missing(error) from error
    pixels = resized(image, resize, placement)
    return pixels if resize.rounded else pixels.astype(np.float32, copy=False)


def find_resized(
    find: Find, images: Sequence[Image], resize: ResizeSettings, placement_of: Callable[[ImageSize], Placement]
) -> Iterator[Found]:
    """What is found in pictures by something that takes resized ones.

    Args:
        find: gives boxes corner/pixel of the resized pictures.
        images: (H, W, 3) uint8 RGB, which may differ in size.
        resize: how they are resized.
        placement_of: where a picture of some size lies in the network's input.

    Returns:
        boxes corner/pixel of each image, clipped to it.
    """
    for shape, alike in groupby(images, key=lambda image: image.shape[:2]):
        size = ImageSize(*shape)
        placement = placement_of(size)
        for found in find([as_taken(image, resize, placement) for image in alike]):
            unit = convert(found.boxes, BoxFormat.CORNER_PIXEL, BoxFormat.CORNER_UNIT, placement.input)
            inside = np.clip(out_of_input(unit, placement), 0, 1)
            yield found._replace(boxes=convert(inside, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, size))


class ResizedFirst(ImagePredictor):
    """What takes resized pictures, for pictures of every size.

    Args:
        inner: takes the resized ones.
        resize: how they are resized.
        placement_of: where a picture of some size lies in the network's input.
    """

    def __init__(
        self, inner: ImagePredictor, resize: ResizeSettings, placement_of: Callable[[ImageSize], Placement]
    ) -> None:
        self._inner, self._resize, self._placement_of = inner, resize, placement_of

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self._inner.class_names

    def find(self, images: Sequence[Image]) -> Iterator[Found]:
        """The objects in each of some images; see `ImagePredictor.find`."""
        return find_resized(self._inner.find, images, self._resize, self._placement_of)  # type: ignore[arg-type]
