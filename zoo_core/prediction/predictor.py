"""Finding objects in images of every kind of source, whatever runs the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.arguments import CALLBACK, COUNT, FLAG, checked
from zoo_core.common.errors import DatasetError
from zoo_core.config.detector import NmsSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.sources import Source
from zoo_core.prediction.sources.given import GivenImage, each_image, images_of, stands_for_several
from zoo_core.prediction.tracking import ByteTrack
from zoo_core.prediction.views import ViewOptions, Views, find_in_views

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ImagePredictor", "Source"]

OnError = Callable[[Source, DatasetError], None]


class ImagePredictor(ABC):
    """Finds objects in images; a subclass says how they are found in arrays."""

    @property
    @abstractmethod
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""

    @property
    def nms(self) -> NmsSettings:
        """Which boxes are kept of an image, and so of all views of it together."""
        return NmsSettings()

    @property
    def runs_on(self) -> str:
        """What computes, and where, in words; empty where that is not known."""
        return ""

    @abstractmethod
    def find(self, images: Sequence[NDArray[np.uint8]]) -> Iterable[Found]:
        """The objects in each of some images (H, W, 3) uint8 RGB, which may differ in size.

        Boxes are corner/pixel of their image and clipped to it, highest score first.
        """

    @overload
    def predict(
        self, source: NDArray[np.uint8] | Image, batch_size: int = 8, **views: Unpack[ViewOptions]
    ) -> Detections: ...
    @overload
    def predict(
        self, source: list[Any] | tuple[Any, ...], batch_size: int = 8, **views: Unpack[ViewOptions]
    ) -> list[Detections]: ...
    @overload
    def predict(
        self, source: Iterator[Source], batch_size: int = 8, **views: Unpack[ViewOptions]
    ) -> Iterator[Detections]: ...
    @overload  # Detections of a picture; an iterator where the name is that of a folder, a pattern or a video
    def predict(self, source: str | Path, batch_size: int = 8, **views: Unpack[ViewOptions]) -> Detections | Any: ...
    @checked(batch_size=COUNT)
    def predict(
        self, source: Source, batch_size: int = 8, **views: Unpack[ViewOptions]
    ) -> Detections | list[Detections] | Iterator[Detections]:
        """The objects in an image, or in each of several; a detector can also be called: ``detector(source)``.

        An image gives `Detections`, a list gives a list, and everything else that stands for several images gives an
        iterator, as `stream` does, which holds no more than a batch of images.

        Args:
            source: an image: the path or the address of a picture, an array (H, W, 3) uint8 RGB, or a PIL image.
                Several: a list or tuple; a folder; a pattern such as ``photos/**/*.jpg``; the path or the address of a
                video; a camera (``"0"``) or the address of a stream (``rtsp://``), which have no end; an array
                (B, H, W, 3); any other iterable. In a list or an iterable may be all that has a name.
            batch_size: how many images, or windows of them, go through the network together.
            **views: ``slice=640`` cuts larger images into windows of that size (or ``(height, width)``), which overlap
                by ``overlap`` pixels, a fifth of their shorter side by default; ``flip=True`` looks at everything in
                the mirror, too. What is found in all of them is merged by non-maximum suppression.

        Raises:
            DatasetError: a file is missing or no image; names it. Or nothing matches a pattern, or a folder is empty.
            NotAnImageError: the source is none of these; a DatasetError and a TypeError.
            MissingPackageError: a file is to be read, and the image libraries are not installed.
            ArgumentError: the batch size is not a whole number from 1 on, or the views cannot be meant.
        """
        seen = Views.of(views)
        if isinstance(source, list | tuple):
            return [*self._found(each_image(source), batch_size, seen, holding=True)]
        if stands_for_several(source):
            return self.stream(source, batch_size, **views)
        return next(self._predict([GivenImage(source).read_now()], batch_size, seen))

    __call__ = predict

    @checked(batch_size=COUNT, on_error=CALLBACK, track=FLAG)
    def stream(
        self,
        sources: Source | Iterable[Source],
        batch_size: int = 8,
        on_error: OnError | None = None,
        *,
        track: bool = False,
        **views: Unpack[ViewOptions],
    ) -> Iterator[Detections]:
        """The objects of one image after the other, without holding more than a batch of them.

        So detections of an image that came from no file can be plotted until the next batch begins, and
        afterwards with the image: ``plot(image)``.

        Args:
            sources: as in `predict`; of an iterable no more than a batch is taken ahead.
            batch_size: how many images, or windows of them, go through the network together; a frame of a camera or a
                stream waits for no other.
            on_error: called in its turn for a source that cannot be read, or is not an image, with the source and the
                error; the stream continues with the next one. When None, the error is raised there.
            track: whether objects get numbers that stay through the frames of a video, as `ByteTrack` gives them.
            **views: as in `predict`.

        Raises:
            DatasetError: a source cannot be read, or is not an image, and there is no `on_error`.
            MissingPackageError: a file is to be read, and the image libraries are not installed.
            ArgumentError: the batch size is not a whole number from 1 on, or the views cannot be meant.
        """
        seen = Views.of(views)
        if not stands_for_several(sources):
            images = each_image([sources])
        elif isinstance(sources, str | Path):
            images = images_of(sources) if on_error is None else each_image([sources])
        else:
            images = each_image(sources)
        found = self._found(images, batch_size, seen, on_error)
        return ByteTrack().follow(found) if track else found

    def _found(
        self,
        images: Iterator[GivenImage],
        batch_size: int,
        views: Views,
        on_error: OnError | None = None,
        *,
        holding: bool = False,
    ) -> Iterator[Detections]:
        """The objects of each image; those that somebody else holds are kept, when `holding`, for drawing on them."""
        for batch in _batches(images, batch_size):
            yield from self._predict(batch, batch_size, views, on_error)
            for image in batch:
                if image.passes or not holding:
                    image.release()

    def _predict(
        self, batch: list[GivenImage], batch_size: int, views: Views, on_error: OnError | None = None
    ) -> Iterator[Detections]:
        readable = [image.pixels for image in batch if image.pixels is not None]
        sizes = [ImageSize(*pixels.shape[:2]) for pixels in readable]
        found = zip(self._seen(readable, batch_size, views) if readable else (), sizes, strict=True)
        for image in batch:
            image.pixels = None
            if image.error is None:
                objects, size = next(found)
                yield Detections(
                    *objects, self.class_names, image.name, size, frame=image.frame, time=image.time, _image=image.read
                )
            elif on_error is None:
                raise image.error
            else:
                on_error(image.source, image.error)

    def _seen(self, images: Sequence[NDArray[np.uint8]], batch_size: int, views: Views) -> Iterable[Found]:
        if views == Views():
            return self.find(images)
        count = len(images)
        return find_in_views(lambda parts, _: self.find(parts), images, [views] * count, [self.nms] * count, batch_size)


def _batches(images: Iterator[GivenImage], batch_size: int) -> Iterator[list[GivenImage]]:
    """Images that have been read, in parallel.

    Reading the next batch while the network works was measured too: on a CPU, all of whose cores the
    network takes, it gains nothing more.
    """
    with ThreadPoolExecutor() as pool:
        read = pool.map if batch_size > 1 else map
        while batch := _next(images, batch_size):
            yield list(read(GivenImage.read_now, batch))


def _next(images: Iterator[GivenImage], most: int) -> list[GivenImage]:
    """The next images; one of a live source ends them, since the next one would have to be waited for."""
    batch: list[GivenImage] = []
    for image in islice(images, most):
        batch.append(image)
        if image.live:
            break
    return batch
