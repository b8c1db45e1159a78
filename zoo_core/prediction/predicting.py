"""What a detector finds in all pictures of some inputs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Unpack

from zoo_core.common.errors import DatasetError
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.prediction.sources import Source
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.given import given
from zoo_core.prediction.sources.live import Say
from zoo_core.prediction.sources.pictures import Picture, pictures
from zoo_core.prediction.views import ViewOptions

__all__ = ["predicted"]


def predicted(
    detector: ImagePredictor,
    inputs: Iterable[Input | DatasetError],
    batch: int,
    report: Callable[[DatasetError], None],
    say: Say | None = None,
    **views: Unpack[ViewOptions],
) -> Iterator[tuple[Picture, Detections]]:
    """Each picture with what is in it; what cannot be read is reported and left out.

    Args:
        detector: that looks at them.
        inputs: where pictures are from.
        batch: pictures that go through the network together.
        report: called with what cannot be read.
        say: see `pictures`.
        views: see `Views`.
    """
    waiting: deque[Picture] = deque()

    def sources() -> Iterator[Source]:
        for picture in pictures(inputs, say):
            if isinstance(picture, DatasetError):
                report(picture)
                continue
            waiting.append(picture)
            yield given(picture)

    def leave_out(_: Source, error: DatasetError) -> None:
        waiting.popleft()
        report(error)

    for found in detector.stream(sources(), batch, leave_out, **views):
        yield waiting.popleft(), found
