"""Videos, frame by frame."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.errors import DatasetError
from zoo_core.files import reading

__all__ = ["VIDEO_SUFFIXES", "VideoFacts", "frames", "video_facts"]

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv")
"""Endings of the files that are taken for videos."""

_USUAL_RATE = 25.0
"""Frames a second, for a video that does not say it."""
_AHEAD = 8
"""Frames that are decoded while the network works."""
_WHOLE = 0.9
"""The share of the frames that must be there: how many there are is an estimate in many formats."""

# What FFmpeg says of a damaged video would stand between our own words.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


class VideoFacts(NamedTuple):
    """What a video says of itself: frames a second, and about how many frames; 0 when it does not say."""

    rate: float
    frames: int


def video_facts(path: Path, name: str = "") -> VideoFacts:
    """What a video says of itself.

    Args:
        path: its file.
        name: what messages call it; the path by default.

    Raises:
        DatasetError: the file is missing, or no video that can be read.
    """
    with reading(path, DatasetError, most=sys.maxsize):  # so that no pipe is opened, and what is wrong is told
        pass
    if not _is_utf8(path):
        raise DatasetError(f"{name or path}: OpenCV opens no video whose name is not UTF-8; rename it")
    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise DatasetError(f"{name or path}: is not a video, damaged, or of a kind that cannot be read")
        rate, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    finally:
        capture.release()
    return VideoFacts(rate if 0 < rate < 1000 else _USUAL_RATE, max(0, int(count)))


def frames(path: Path, name: str = "") -> Iterator[NDArray[np.uint8]]:
    """The frames of a video, (H, W, 3) uint8 RGB; a few are decoded ahead in a thread.

    Raises:
        DatasetError: as `video_facts`; or the video ends long before it should, after the frames that are there.
    """
    import supervision as sv

    expected = video_facts(path, name).frames
    count = 0
    for count, frame in enumerate(sv.get_video_frames_generator(str(path), prefetch=_AHEAD), 1):  # noqa: B007 -- counted for the end
        yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    if not count or count < _WHOLE * expected:
        raise DatasetError(
            f"{name or path}: ends after {count} of {expected} frames; the video is truncated or damaged"
        )


def _is_utf8(path: Path) -> bool:
    try:
        return bool(str(path).encode())
    except UnicodeEncodeError:
        return False
