"""Scoring by workers: of each shard of a data set what was found in its images, with the ground truth."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.protocols import Dataset
from zoo_core.cluster.circumstances import Circumstances
from zoo_core.cluster.model import Model
from zoo_core.cluster.shards import Found
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.evaluation.conditions import Conditions
from zoo_core.evaluation.evaluate import collect_part
from zoo_core.evaluation.results import ImageResult, Results
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.views import ViewOptions

__all__ = ["BATCH", "ScoringWork", "merged"]

BATCH = 8
"""Images that are held and looked at together, as `zoo_core.collect` does by default."""
_ARRAYS = [each.name for each in fields(ImageResult) if each.name not in ("image_id", "size")]


@dataclass(frozen=True)
class ScoringWork:
    """Objects are to be found in the images of a data set.

    Attributes:
        model: with which.
        opening: opens the data set.
        split: what messages call it.
        views: how images are looked at.
    """

    model: Model
    opening: Callable[[], Dataset]
    split: str
    views: ViewOptions

    def open(self) -> OpenedSplit:
        """See `Work.open`."""
        return self.opened(self.model.open(), self.opening())

    def opened(self, detector: Detector | ExportedDetector, dataset: Dataset) -> OpenedSplit:
        """The same with a detector and a data set that are open already."""
        return OpenedSplit(self, detector, dataset)

    @property
    def settings(self) -> dict[str, Any]:
        """See `PictureWork.settings`."""
        return self.model.settings(self.views)


class OpenedSplit:
    """Implements `zoo_core.cluster.shards.OpenedWork`."""

    def __init__(self, work: ScoringWork, detector: Detector | ExportedDetector, dataset: Dataset) -> None:
        self._work, self._detector, self._dataset = work, detector, dataset

    @cached_property
    def circumstances(self) -> Circumstances:
        """See `OpenedWork.circumstances`."""
        return Circumstances.of_split(self._work.model.versions(self._detector), self._work.split, self._dataset)

    def state(self, part: range) -> str:  # noqa: ARG002 -- it is known of all images alone
        """See `OpenedWork.state`."""
        return f"{self.circumstances.images} images {self.circumstances.digest}"

    def shard(self, part: range) -> Found:
        """See `OpenedWork.shard`; an image that cannot be read is an error."""
        return Found(_as_bytes(collect_part(self._detector, self._dataset, part, batch_size=BATCH, **self._work.views)))


def merged(contents: Iterable[bytes], dataset: Dataset, conditions: Conditions | None) -> Results:
    """All shards together; seconds are those of all workers added.

    Args:
        contents: what `OpenedSplit.shard` gave of each.
        dataset: all images.
        conditions: of the same detector here.
    """
    images, seconds = list[ImageResult](), np.zeros(2)
    for each in contents:
        with np.load(io.BytesIO(each), allow_pickle=False) as file:
            arrays = dict(file)
        seconds += arrays.pop("seconds")
        images += _images(arrays)
    ids = getattr(dataset, "coco_ids", None)
    return Results(tuple(dataset.class_names), tuple(images), float(seconds[0]), float(seconds[1]), ids, conditions)


def _as_bytes(results: Results) -> bytes:
    """The arrays of all images by index and name, bit for bit."""
    arrays = {"seconds": np.array([results.seconds, results.reading_seconds])}
    for index, image in enumerate(results.images):
        given = {name: getattr(image, name) for name in _ARRAYS if getattr(image, name) is not None}
        image_id = np.frombuffer(image.image_id.encode(errors="surrogateescape"), np.uint8)
        given |= {"image_id": image_id, "size": np.array(image.size)}
        arrays |= {f"{index}.{name}": array for name, array in given.items()}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def _images(arrays: dict[str, Any]) -> list[ImageResult]:
    of_images: dict[int, dict[str, Any]] = {}
    for key, array in arrays.items():
        number, _, name = key.partition(".")
        of_images.setdefault(int(number), {})[name] = array
    return [_image(**of_images[each]) for each in sorted(of_images)]


def _image(image_id: NDArray[np.uint8], size: NDArray[np.int64], **arrays: Any) -> ImageResult:
    name = image_id.tobytes().decode(errors="surrogateescape")
    return ImageResult(image_id=name, size=ImageSize(*size.tolist()), **arrays)
