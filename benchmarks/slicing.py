"""What windows cost beside the network: the zoo against supervision's InferenceSlicer, in milliseconds.

A network that costs nothing finds what chance says in each window of 640x640 with 128 pixels of overlap; what is left
is cutting, moving boxes back and merging them. Both find the same, which is checked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["main"]

_WINDOW, _OVERLAP, _BATCH = 640, 128, 8
_PICTURES = (ImageSize(1080, 1920), ImageSize(2160, 3840), ImageSize(4320, 7680))
_ROUNDS = 7


class _Chance(ImagePredictor):
    """Finds a number of boxes, which depend on the pixels of the upper left corner."""

    def __init__(self, objects: int) -> None:
        self._objects = objects

    @property
    def class_names(self) -> tuple[str, ...]:
        return ("a", "b", "c")

    def find(self, images: Sequence[NDArray[np.uint8]]) -> Iterator[Found]:
        for image in images:
            rng = np.random.default_rng(image[:4, :4].ravel())
            low = rng.uniform(0, 0.9, (self._objects, 2))
            corners = np.hstack([low, low + rng.uniform(0.02, 0.1, low.shape)])
            boxes = (corners * ([*image.shape[1::-1]] * 2)).astype(np.float32)
            yield Found(boxes, np.sort(rng.random(self._objects, np.float32))[::-1], rng.integers(0, 3, self._objects))


def main() -> None:
    """Measure."""
    print("| picture | windows | found in each | supervision | zoo |")
    print("|---|---|---|---|---|")
    for size in _PICTURES:
        image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
        windows = len(sv.InferenceSlicer._generate_offset(size[::-1], (_WINDOW,) * 2, (_OVERLAP,) * 2))  # noqa: SLF001
        for objects in (10, 100):
            print(f"| {size} | {windows} | {objects} | {' | '.join(_both(_Chance(objects), image))} |")


def _both(detector: _Chance, image: NDArray[np.uint8]) -> tuple[str, str]:
    slicer = sv.InferenceSlicer(
        lambda parts: [each.to_supervision() for each in detector.predict(parts, _BATCH)],
        slice_wh=_WINDOW,
        overlap_wh=_OVERLAP,
        iou_threshold=detector.nms.iou,
        batch_size=_BATCH,
    )
    theirs, expected = _shortest(lambda: slicer(image))
    ours, found = _shortest(lambda: detector.predict(image, _BATCH, slice=_WINDOW, overlap=_OVERLAP))
    if not np.allclose(np.sort(found.boxes, axis=0), np.sort(expected.xyxy, axis=0), atol=0.01):
        raise SystemExit("the zoo and supervision find different objects")
    return f"{theirs:.0f}", f"{ours:.0f}"


def _shortest(work: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest time: other work on the machine only ever adds."""
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        result = work()
        times.append(1000 * (time.perf_counter() - began))
    return min(times), result
