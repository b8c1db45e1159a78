"""Finding objects in images of every kind of source, whatever runs the network.

The image libraries are imported when a file is read, so that arrays need none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from zoo_core.detections import Detections
from zoo_core.extras import missing
from zoo_core.postprocessing import Found

__all__ = ["ImagePredictor", "Source"]

Source = Any
"""An image: a path, an array (H, W, 3) uint8 RGB, or a PIL image."""


class ImagePredictor(ABC):
    """Finds objects in images; a subclass says how they are found in arrays."""

    @property
    @abstractmethod
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""

    @abstractmethod
    def find(self, images: Sequence[NDArray[np.uint8]]) -> Iterable[Found]:
        """The objects in each of some images (H, W, 3) uint8 RGB, which may differ in size.

        Boxes are corner/pixel of their image and clipped to it, the surest first.
        """

    @overload
    def predict(self, source: str | Path | NDArray[np.uint8], batch_size: int = 8) -> Detections: ...
    @overload
    def predict(self, source: Sequence[Source], batch_size: int = 8) -> list[Detections]: ...
    def predict(self, source: Source, batch_size: int = 8) -> Detections | list[Detections]:
        """The objects in an image, or in each image of a list.

        Args:
            source: a path, an array (H, W, 3) uint8 RGB, a PIL image, or a list of those.
            batch_size: how many images of a list go through the network together.

        Raises:
            DatasetError: a file is missing or no image; names it.
            MissingPackageError: a file is to be read, and the image libraries are not installed.
            TypeError: the source is none of these.
        """
        if isinstance(source, list | tuple):
            return list(self.stream(source, batch_size))
        return next(self.stream([source], 1))

    def stream(self, sources: Iterable[Source], batch_size: int = 8) -> Iterator[Detections]:
        """The objects of one image after the other, without holding more than a batch of them."""
        remaining = iter(sources)
        while batch := list(islice(remaining, batch_size)):
            images = [_Image(source) for source in batch]
            for image, found in zip(images, self.find([each.read() for each in images]), strict=True):
                yield Detections(found.boxes, found.scores, found.labels, self.class_names, image.name, image.read)


class _Image:
    """An image that is read when it is needed, and again for drawing when it came from a file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = str(source) if isinstance(source, str | Path) else ""

    def read(self) -> NDArray[np.uint8]:
        source = self._source
        if isinstance(source, str | Path):
            return _from_file(Path(source))
        if hasattr(source, "convert"):  # a PIL image
            return np.asarray(source.convert("RGB"))
        if not isinstance(source, np.ndarray):
            raise TypeError(f"an image is a path, an array or a PIL image, not {type(source).__name__}")
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3 or not source.size:
            raise TypeError(f"an image array is (H, W, 3) uint8 RGB, not {source.shape} {source.dtype}")
        return source


def _from_file(path: Path) -> NDArray[np.uint8]:
    try:
        from zoo_core.data.images import read_image
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return read_image(path)
