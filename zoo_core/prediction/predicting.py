"""What a detector finds in all pictures of some inputs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from zoo_core.common.errors import DatasetError
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.prediction.sources import Source
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.pictures import Picture, pictures

__all__ = ["predicted"]


def predicted(
    detector: ImagePredictor,
    inputs: Iterable[Input | DatasetError],
    batch: int,
    report: Callable[[DatasetError], None],
) -> Iterator[tuple[Picture, Detections]]:
    """Each picture with what is in it; what cannot be read is reported and left out."""
    waiting: deque[Picture] = deque()

    def sources() -> Iterator[Source]:
        for picture in pictures(inputs):
            if isinstance(picture, DatasetError):
                report(picture)
                continue
            waiting.append(picture)
            yield picture.source

    def leave_out(_: Source, error: DatasetError) -> None:
        waiting.popleft()
        report(error)

    for found in detector.stream(sources(), batch, leave_out):
        yield waiting.popleft(), found
