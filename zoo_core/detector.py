"""A detector that is ready to use: built from a configuration, or loaded from a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import convert
from zoo_core.config import DetectorConfig
from zoo_core.data.images import read_image
from zoo_core.data.transforms import network_input
from zoo_core.detections import Detections
from zoo_core.geometry import BoxFormat
from zoo_core.planning import plan
from zoo_core.postprocessing import postprocess
from zoo_core.registry import make

__all__ = ["Detector", "Source"]

Source = Any
"""An image: a path, an array (H, W, 3) uint8 RGB, or a PIL image."""


class Detector:
    """Finds objects in images.

    Args:
        config: what the detector is.
        engine: (B, 3, H, W) float32 to class probabilities (B, N, C + 1) and offsets (B, N, 4).

    Attributes:
        config: what the detector is.
        engine: what runs the network.
        plan: its shapes.
        anchors: those of its input size.
        encoder: reads boxes from offsets, and writes them.
    """

    def __init__(self, config: DetectorConfig, engine: Callable[[NDArray[np.float32]], tuple[Any, Any]]) -> None:
        self.config = config
        self.engine: Any = engine  # MXNet's can also learn and be saved
        self.plan = plan(config)
        self.anchors = make(config.anchors)(self.plan.feature_maps, config.input_size)
        self.encoder = make(config.targets)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self.config.classes

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
            TypeError: the source is none of these.
        """
        if isinstance(source, list | tuple):
            return list(self.stream(source, batch_size))
        return next(self.stream([source], 1))

    def stream(self, sources: Iterable[Source], batch_size: int = 8) -> Iterator[Detections]:
        """The objects of one image after the other, without holding more than a batch of them."""
        remaining = iter(sources)
        while batch := list(islice(remaining, batch_size)):
            yield from self._predict_batch([_Image(source) for source in batch])

    def _predict_batch(self, images: list[_Image]) -> Iterator[Detections]:
        pixels = [image.read() for image in images]
        size, normalization = self.config.input_size, self.config.normalization
        probabilities, offsets = self.engine(np.stack([network_input(each, size, normalization) for each in pixels]))
        for image, array, each_probabilities, each_offsets in zip(images, pixels, probabilities, offsets, strict=True):
            found = postprocess(each_probabilities, each_offsets, self.anchors, self.encoder, self.config.nms)
            shape = array.shape[:2]
            inside = np.clip(found.boxes, 0, 1)
            boxes = convert(inside, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, shape)
            yield Detections(boxes, found.scores, found.labels, self.class_names, image.name, image.read)


class _Image:
    """An image that is read when it is needed, and again for drawing when it came from a file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = str(source) if isinstance(source, str | Path) else ""

    def read(self) -> NDArray[np.uint8]:
        source = self._source
        if isinstance(source, str | Path):
            return read_image(Path(source))
        if hasattr(source, "convert"):  # a PIL image
            return np.asarray(source.convert("RGB"))
        if not isinstance(source, np.ndarray):
            raise TypeError(f"an image is a path, an array or a PIL image, not {type(source).__name__}")
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3 or not source.size:
            raise TypeError(f"an image array is (H, W, 3) uint8 RGB, not {source.shape} {source.dtype}")
        return source
