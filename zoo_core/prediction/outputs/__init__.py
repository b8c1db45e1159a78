"""Where predictions go: drawn pictures and videos, COCO's JSON, CSV, and words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.sources.pictures import Picture

__all__ = ["Add", "FoundObjects"]


class FoundObjects(Protocol):
    """What was found in a picture, as `Detections` have it."""

    @property
    def source(self) -> str:
        """Where the picture came from."""

    @property
    def size(self) -> ImageSize | None:
        """Of the picture."""

    @property
    def frame(self) -> int | None:
        """Its number in a video."""

    @property
    def time(self) -> float | None:
        """At which the frame is shown, in seconds."""

    @property
    def tracks(self) -> NDArray[np.int64] | None:
        """The number of each object; None where objects are not tracked."""

    @property
    def names(self) -> list[str]:
        """The class of each object."""

    def __iter__(self) -> Iterator[tuple[NDArray[np.float32], float, str]]:
        """Box, score and class of each object."""

    def to_coco(self, image_id: int) -> list[dict[str, Any]]:
        """As entries of a COCO results file."""

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""

    def plot(self, *, legend: bool = False) -> NDArray[np.uint8]:
        """The picture with the objects drawn on it, and a legend below where captions find no room."""


Add = Callable[[Picture, FoundObjects], None]
"""Takes what was found in a picture."""
