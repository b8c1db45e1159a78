"""Pictures to try a model on: some of those on which it was scored, where they can be read."""

from __future__ import annotations

import io
import threading
from functools import cached_property

import numpy as np

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import DatasetError, ZooError
from zoo_core.config.labels import LabelledData
from zoo_core.data.opening import open_split
from zoo_core.data.pipeline.image_writing import encode_image
from zoo_core.serving.models import Model

__all__ = ["Examples"]

_MOST = 8


class Examples:
    """Some validation images of a model, spread over all of them; none where its data cannot be read.

    Args:
        model: whose configuration says its data.
    """

    def __init__(self, model: Model) -> None:
        self._detector = model.detector
        self._one_at_a_time = threading.Lock()

    def __len__(self) -> int:
        with self._one_at_a_time:
            return min(_MOST, len(self._data)) if self._data is not None else 0

    def jpeg(self, index: int) -> bytes | None:
        """One of them as a file of JPEG; None where it cannot be read.

        Args:
            index: from 0, below their number.
        """
        with self._one_at_a_time:
            if self._data is None:
                return None
            places = np.linspace(0, len(self._data) - 1, min(_MOST, len(self._data))).round().astype(int)
            try:
                image = self._data[int(places[index])].image
            except ZooError:  # its file has gone
                return None
        file = io.BytesIO()
        try:
            encode_image(image, file, "JPEG", "the image")
        except DatasetError:  # it is too large
            return None
        return file.getvalue()

    @cached_property
    def _data(self) -> Dataset | None:
        try:
            settings = self._detector.data()
            if settings is None:
                return None
            labels = LabelledData.model_construct(classes=self._detector.class_names, data=settings)
            return open_split(labels)
        except ZooError:
            return None
