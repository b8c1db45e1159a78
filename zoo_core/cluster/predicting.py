"""Prediction by workers: of each shard of some pictures a file of what was found in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from zoo_core.cluster.circumstances import Circumstances
from zoo_core.cluster.model import Model
from zoo_core.cluster.shards import Found
from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import one_line
from zoo_core.common.optional_packages import version_of
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.outputs.rows import ROWS
from zoo_core.prediction.predicting import predicted
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.pictures import Picture
from zoo_core.prediction.views import ViewOptions

__all__ = ["PictureWork", "require_pictures"]

_ASKED = 16
"""Servers that are asked at a time."""


@dataclass(frozen=True)
class PictureWork:
    """Objects are to be found in pictures.

    Attributes:
        model: with which.
        inputs: the pictures.
        classes: those that are reported.
        score: the least score of what is reported.
        batch: pictures that go through the network together.
        format: of the files; a key of `ROWS`.
        views: how the pictures are looked at.
    """

    model: Model
    inputs: Sequence[Input]
    classes: Sequence[str]
    score: float
    batch: int
    format: str
    views: ViewOptions

    def open(self) -> OpenedPictures:
        """See `Work.open`."""
        return self.opened(self.model.open())

    def opened(self, detector: Detector | ExportedDetector) -> OpenedPictures:
        """The same with a detector that is open already."""
        return OpenedPictures(self, detector)

    @property
    def settings(self) -> dict[str, Any]:
        """What is not seen by the circumstances, and decides what is found; as JSON has it."""
        names = sha256("\n".join(each.name for each in self.inputs).encode(errors="surrogateescape")).hexdigest()
        given = {"classes": list(self.classes), "score": self.score, "batch": self.batch, "format": self.format}
        pictures = {"pictures": len(self.inputs), "digest of their names": names[:16]}
        return pictures | self.model.settings(self.views) | given


class OpenedPictures:
    """Implements `zoo_core.cluster.shards.OpenedWork`."""

    def __init__(self, work: PictureWork, detector: Detector | ExportedDetector) -> None:
        self._work, self._detector = work, detector

    @cached_property
    def circumstances(self) -> Circumstances:
        """See `OpenedWork.circumstances`; of local files the sizes are compared, and nothing is read."""
        there = sum(each is not None for each in self._sizes)
        versions = self._work.model.versions(self._detector)
        if self._work.format == "parquet":
            versions |= {"pyarrow": str(version_of("pyarrow"))}
        return Circumstances.here(versions, "list of pictures", there, _digest(self._sizes))

    @cached_property
    def _sizes(self) -> list[int | None]:
        return [None if each.is_address else _size(each) for each in self._work.inputs]

    def state(self, part: range) -> str:
        """See `OpenedWork.state`."""
        return _digest(self._sizes[part.start : part.stop])[:8]

    def shard(self, part: range) -> Found:
        """See `OpenedWork.shard`."""
        work, failures = self._work, list[str]()

        def report(error: DatasetError) -> None:
            failures.append(one_line(str(error)))

        pairs = predicted(self._detector, work.inputs[part.start : part.stop], work.batch, report, **work.views)
        rows = [(picture, found.above(work.score).of(work.classes)) for picture, found in _without_frames(pairs)]
        return Found(ROWS[work.format](rows), tuple(failures))


def require_pictures(inputs: Sequence[Input]) -> None:
    """Refuse videos, cameras and streams; a server is asked for what it sends where an address does not say it.

    Raises:
        DatasetError: there is one; names it.
    """
    with ThreadPoolExecutor(_ASKED) as pool:
        for each, has_frames in zip(inputs, pool.map(Input.has_frames, inputs), strict=True):
            if has_frames:
                raise _has_frames(each.name)


def _has_frames(name: str) -> DatasetError:
    return DatasetError(f"{name}: has frames, which one process has to read: leave out --cluster")


def _without_frames(pairs: Iterable[tuple[Picture, Detections]]) -> Iterator[tuple[Picture, Detections]]:
    """The same; what a server sends may have become a stream, which would never end."""
    for picture, found in pairs:
        if picture.frame is not None:
            raise _has_frames(picture.input.name)
        yield picture, found


def _digest(sizes: Sequence[int | None]) -> str:
    return sha256(repr(sizes).encode()).hexdigest()


def _size(picture: Input) -> int | None:
    try:
        return os.stat(picture.path).st_size  # noqa: PTH116 -- of 20,000 in a moment
    except (OSError, ValueError):
        return None
