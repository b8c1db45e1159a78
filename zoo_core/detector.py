"""A detector that is ready to use: built from a configuration, or loaded from a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import convert
from zoo_core.config import DetectorConfig
from zoo_core.data.transforms import network_input
from zoo_core.geometry import BoxFormat, ImageSize
from zoo_core.planning import plan
from zoo_core.postprocessing import Found, postprocess
from zoo_core.predicting import ImagePredictor, Source
from zoo_core.registry import make

__all__ = ["Detector", "Source"]


class Detector(ImagePredictor):
    """Finds objects in images.

    Args:
        config: what the detector is.
        engine: (B, 3, H, W) float32 to class probabilities (B, N, C + 1) and offsets (B, N, 4).

    It can be neither pickled nor copied: another process loads it from its run, with `zoo_core.load`.

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

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a detector cannot be pickled or copied: it is bound to the engine of this process. "
            "Load it from its run in each process: zoo_core.load(folder)"
        )

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self.config.classes

    def find(self, images: Sequence[NDArray[np.uint8]]) -> Iterator[Found]:
        """The objects in each of some images; see `ImagePredictor.find`."""
        size, normalization = self.config.input_size, self.config.normalization
        probabilities, offsets = self.engine(np.stack([network_input(each, size, normalization) for each in images]))
        for image, of_classes, of_boxes in zip(images, probabilities, offsets, strict=True):
            yield self.read(of_classes, of_boxes, ImageSize(*image.shape[:2]))

    def read(self, probabilities: NDArray[np.float32], offsets: NDArray[np.float32], image: ImageSize) -> Found:
        """The objects that the network means in one image.

        Args:
            probabilities: (N, C + 1), background first.
            offsets: (N, 4).
            image: its size, in pixels of which the boxes are given.
        """
        found = postprocess(probabilities, offsets, self.anchors, self.encoder, self.config.nms)
        boxes = convert(np.clip(found.boxes, 0, 1), BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, image)
        return found._replace(boxes=boxes)
