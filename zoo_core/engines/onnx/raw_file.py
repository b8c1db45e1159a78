"""A file without decoding, completed by the detector of which it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo_core.engines.onnx.assembling import OFFSETS, PROBABILITIES
from zoo_core.engines.onnx.session import open_session, run_session
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["RawFile"]


class RawFile(ImagePredictor):
    """A file that was exported without decoding, which the detector of which it was made does for it."""

    def __init__(self, path: Path, detector: Detector) -> None:
        self._session, self._detector = open_session(path), detector

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self._detector.class_names

    def find(self, images: Sequence[NDArray[np.uint8]]) -> Iterator[Found]:
        """The objects in each of some images; see `ImagePredictor.find`."""
        for image in images:
            probabilities, offsets = run_session(self._session, [PROBABILITIES, OFFSETS], {"images": image[None]})
            yield self._detector.read(probabilities[0], offsets[0], ImageSize(*image.shape[:2]))
