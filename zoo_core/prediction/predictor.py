"""Finding objects in images of every kind of source, whatever runs the network.

The image libraries are imported when a file is read, so that arrays need none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, cast, overload

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.arguments import check_count
from zoo_core.common.errors import DatasetError, NotAnImageError
from zoo_core.common.optional_packages import missing
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.postprocessing import Found

__all__ = ["ImagePredictor", "Source"]

Source = Any
"""An image: a path, an array (H, W, 3) uint8 RGB, or a PIL image."""

OnError = Callable[[Source, DatasetError], None]


class ImagePredictor(ABC):
    """Finds objects in images; a subclass says how they are found in arrays."""

    @property
    @abstractmethod
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""

    @abstractmethod
    def find(self, images: Sequence[NDArray[np.uint8]]) -> Iterable[Found]:
        """The objects in each of some images (H, W, 3) uint8 RGB, which may differ in size.

        Boxes are corner/pixel of their image and clipped to it, highest score first.
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
            NotAnImageError: the source is none of these; a DatasetError and a TypeError.
            MissingPackageError: a file is to be read, and the image libraries are not installed.
            ArgumentError: the batch size is not a whole number from 1 on.
        """
        check_count("batch_size", batch_size)
        if isinstance(source, list | tuple):
            return [found for batch in self._batches(source, batch_size) for found in self._predict(batch)]
        return next(self._predict([_Image(source).read_now()]))

    def stream(
        self, sources: Iterable[Source], batch_size: int = 8, on_error: OnError | None = None
    ) -> Iterator[Detections]:
        """The objects of one image after the other, without holding more than a batch of them.

        So detections of an image that came from no file can be plotted until the next batch begins, and
        afterwards with the image: ``plot(image)``.

        Args:
            sources: as in `predict`, but any iterable, of any length; no more than a batch is taken from it ahead.
            batch_size: how many images go through the network together; 1 for a live source.
            on_error: called in its turn for a source that cannot be read, or is not an image, with the source and the
                error; the stream continues with the next one. When None, the error is raised there.

        Raises:
            DatasetError: a source cannot be read, or is not an image, and there is no `on_error`.
            MissingPackageError: a file is to be read, and the image libraries are not installed.
            NotAnImageError: `sources` is a single one.
            ArgumentError: the batch size is not a whole number from 1 on.
        """
        check_count("batch_size", batch_size)
        single: Any = sources
        if isinstance(single, str | Path) or hasattr(single, "convert") or getattr(single, "ndim", 0) == 3:
            given = type(single).__name__
            raise NotAnImageError(f"a stream takes many images, not a single {given}; use `predict` for that")
        return self._stream(sources, batch_size, on_error)

    def _stream(self, sources: Iterable[Source], batch_size: int, on_error: OnError | None) -> Iterator[Detections]:
        for batch in self._batches(sources, batch_size):
            yield from self._predict(batch, on_error)
            for image in batch:
                image.release()

    def _batches(self, sources: Iterable[Source], batch_size: int) -> Iterator[list[_Image]]:
        """Images that have been read, in parallel.

        Reading the next batch while the network works was measured too: on a CPU, all of whose cores the
        network takes, it gains nothing more.
        """
        remaining = iter(sources)
        with ThreadPoolExecutor() as pool:
            read = pool.map if batch_size > 1 else map
            while batch := [_Image(source) for source in islice(remaining, batch_size)]:
                yield list(read(_Image.read_now, batch))

    def _predict(self, batch: list[_Image], on_error: OnError | None = None) -> Iterator[Detections]:
        readable = [image.pixels for image in batch if image.pixels is not None]
        sizes = [ImageSize(*pixels.shape[:2]) for pixels in readable]
        found = zip(self.find(readable) if readable else (), sizes, strict=True)
        for image in batch:
            image.pixels = None
            if image.error is None:
                objects, size = next(found)
                yield Detections(*objects, self.class_names, image.name, size, image.read)
            elif on_error is None:
                raise image.error
            else:
                on_error(image.source, image.error)


class _Image:
    """An image that is read when it is needed, and again for drawing when it came from a file.

    Attributes:
        source: where it comes from.
        name: for messages; empty when it came from no file.
        pixels: (H, W, 3) uint8 RGB from reading until the network has seen them.
        error: why it cannot be read.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.name = str(source) if isinstance(source, str | Path) else ""
        self.pixels: NDArray[np.uint8] | None = None
        self.error: DatasetError | None = None
        self._released = False

    def read_now(self) -> _Image:
        try:
            self.pixels = self.read()
        except DatasetError as error:
            self.error = error
        except TypeError as error:
            self.error = NotAnImageError(str(error))
        except (OSError, ValueError, SyntaxError) as error:  # an image that was opened by Pillow and is damaged
            self.error = DatasetError(f"an image cannot be read: {error}")
        return self

    def read(self) -> NDArray[np.uint8]:
        source = self.source
        if self._released:
            raise ValueError("the stream no longer holds the image of these detections; call plot(image)")
        if isinstance(source, str | Path):
            return cast("NDArray[np.uint8]", _images().read_image(source))
        if hasattr(source, "convert"):  # a PIL image
            place = getattr(source, "filename", "") or "the PIL image"
            return cast("NDArray[np.uint8]", _images().from_pillow(source, place))
        if source is None:
            raise TypeError("not an image: None (did cv2.imread fail?)")
        if not isinstance(source, np.ndarray):
            raise TypeError(f"an image is a path, an array or a PIL image, not {type(source).__name__}")
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3 or not source.size:
            raise TypeError(f"an image array is (H, W, 3) uint8 RGB, not {source.shape} {source.dtype}")
        return source

    def release(self) -> None:
        """Hold no pixels; a file can be read again."""
        if not self.name:
            self.source, self._released = None, True


def _images() -> ModuleType:
    """The reader of images.

    Raises:
        MissingPackageError: the image libraries are not installed.
    """
    try:
        from zoo_core.data.pipeline import images
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return images
