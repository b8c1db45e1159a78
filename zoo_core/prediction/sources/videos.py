"""Videos, frame by frame."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import counted
from zoo_core.common.reading import reading
from zoo_core.common.unicode_names import as_it_is_called
from zoo_core.data.pipeline.opencv_log import silence_opencv
from zoo_core.prediction.sources.containers import is_cut_off
from zoo_core.prediction.sources.plain_names import plain_name

__all__ = ["VIDEO_SUFFIXES", "Frame", "VideoFacts", "frames", "usual_rate", "video_facts"]

VIDEO_SUFFIXES = (
    *(".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv"),
    *(".ts", ".mts", ".m2ts", ".h264", ".flv", ".3gp"),
)
"""Endings of the files that are taken for videos."""

_USUAL_RATE = 25.0
"""Frames a second, for a video that does not say it."""
_AHEAD = 8
"""Frames that are decoded while the network works."""
_LONGEST_GAP = 3600.0
"""Seconds between two frames, at most: more is an error of the clock."""

# What FFmpeg and OpenCV say of a damaged video would stand between our own words.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
silence_opencv()


class VideoFacts(NamedTuple):
    """What a video says of itself: frames a second, and about how many frames; 0 when it does not say."""

    rate: float
    frames: int


class Frame(NamedTuple):
    """A frame of a video.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        time: at which it is shown, in seconds from the beginning of the video.
    """

    pixels: NDArray[np.uint8]
    time: float


def video_facts(path: Path, name: str = "") -> VideoFacts:
    """What a video says of itself.

    Args:
        path: its file.
        name: what messages call it; the path by default.

    Raises:
        DatasetError: the file is missing, or no video that can be read.
    """
    with _opened(as_it_is_called(path), name) as capture:
        return _facts(capture)


def _facts(capture: Any) -> VideoFacts:
    rate, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return VideoFacts(usual_rate(rate), max(0, int(count)))


def usual_rate(rate: float) -> float:
    """The rate that a source says, or the usual one where it says none that can be meant."""
    return rate if 0 < rate < 1000 else _USUAL_RATE


def frames(path: Path, name: str = "") -> Iterator[Frame]:
    """The frames of a video, each once, however many it says there are; a few are decoded ahead in a thread.

    Raises:
        DatasetError: as `video_facts`; or the video has no frames, or ends before it should: after the frames that
            are there.
    """
    path, count = as_it_is_called(path), 0
    with _opened(path, name) as capture:
        rate, expected = _facts(capture)
        before = -1 / rate
        for count, (pixels, time) in enumerate(_decoded_ahead(capture), 1):  # noqa: B007 -- counted for the end
            # Streams without a clock, and those whose clock was reset, are shown at their usual rate.
            before = time if before < time <= before + _LONGEST_GAP else before + 1 / rate
            yield Frame(pixels, before)
    if not count or (count < expected and is_cut_off(path)):
        said = counted(count, "frame") if count >= expected else f"{count} of {expected} frames"
        raise DatasetError(f"{name or path}: ends after {said}; the video is truncated or damaged")


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    """A `cv2.VideoCapture` of a file that is there."""
    with reading(path, DatasetError, most=sys.maxsize):  # so that no pipe is opened, and what is wrong is reported
        pass
    with plain_name(path) as plain:
        capture = cv2.VideoCapture(plain)
        try:
            if not capture.isOpened():
                raise DatasetError(f"{name or path}: is not a video, is damaged, or is in a format that cannot be read")
            yield capture
        finally:
            capture.release()


def _decoded_ahead(capture: Any) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Pixels and times of all frames; a few are decoded in a thread while the network works."""

    def decode() -> tuple[NDArray[np.uint8], float] | None:
        is_there, pixels = capture.read()
        if not is_there:
            return None
        return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), capture.get(cv2.CAP_PROP_POS_MSEC) / 1000

    with ThreadPoolExecutor(1) as thread:
        coming = deque(thread.submit(decode) for _ in range(_AHEAD))
        try:
            while (frame := coming.popleft().result()) is not None:
                coming.append(thread.submit(decode))
                yield frame
        finally:
            thread.shutdown(cancel_futures=True)
