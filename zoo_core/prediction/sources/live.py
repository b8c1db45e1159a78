"""Cameras and streams, which have no end: their newest frame counts, and a connection that is lost is made again."""

from __future__ import annotations

import logging
import re
import stat
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import DatasetError
from zoo_core.common.files import exists
from zoo_core.common.messages import counted
from zoo_core.prediction.sources.videos import usual_rate

__all__ = ["LiveFrame", "Say", "is_live", "live_frames", "public_name"]

_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "rtp", "srt", "udp")
_LIVE_SUFFIXES = (".m3u8", ".mjpg", ".mjpeg")
"""Endings of streams at addresses of the web."""
_CAMERA = re.compile(r"[0-9]{1,2}")
_PATIENCE = 10.0
"""Seconds without a frame after which a connection is lost."""
_PAUSES = (1, 2, 4, 8, 15)
"""Seconds before each new try."""

Say = Callable[[str], None]


class LiveFrame(NamedTuple):
    """A frame of a camera or a stream.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        number: of the frame, from 0; those for which there was no time are counted.
        time: at which it came, in seconds after the first.
        rate: frames a second, as the source says.
    """

    pixels: NDArray[np.uint8]
    number: int
    time: float
    rate: float


def is_live(name: str) -> bool:
    """Whether a name is that of a camera (``0``, ``/dev/video0``), or the address of a stream."""
    if _CAMERA.fullmatch(name):
        return not exists(Path(name))
    parts = _parts(name)
    if parts is None or not parts.scheme:
        return name.startswith("/dev/video") and exists(Path(name)) and stat.S_ISCHR(Path(name).stat().st_mode)
    scheme = parts.scheme.lower()
    return "://" in name and (
        scheme in _SCHEMES or (scheme in ("http", "https") and parts.path.lower().endswith(_LIVE_SUFFIXES))
    )


def public_name(name: str) -> str:
    """The name of a camera or a stream without the password that an address may have."""
    parts = _parts(name)
    if parts is None or parts.password is None:
        return name
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}").geturl()


def _parts(name: str) -> urllib.parse.SplitResult | None:
    try:
        return urllib.parse.urlsplit(name)
    except ValueError:
        return None


def _log(line: str) -> None:
    logging.getLogger(__name__).warning(line)


def live_frames(source: str, say: Say = _log, pause: Callable[[float], None] = time.sleep) -> Iterator[LiveFrame]:
    """The newest frame, each time one is asked for; those that came in between are passed over.

    Args:
        source: number or path of a camera, or address of a stream.
        say: called with a line when a connection is lost, and when it is there again.
        pause: waits for some seconds before a new try.

    Raises:
        DatasetError: the source cannot be opened; or its connection was lost and does not come again.
    """
    name = public_name(source)
    newest = _connection(source, None)
    if newest is None:
        raise DatasetError(f"{name}: {_obstacle(source)}")
    while True:
        try:
            while (frame := newest.take()) is not None:
                yield frame
        finally:
            newest.stop()
        newest = _again(source, newest, say, pause)


def _again(source: str, lost: _Newest, say: Say, pause: Callable[[float], None]) -> _Newest:
    name = public_name(source)
    for number, seconds in enumerate(_PAUSES, 1):
        say(f"{name}: the connection is lost; try {number} of {len(_PAUSES)} in {seconds} s")
        pause(seconds)
        if (newest := _connection(source, lost)) is not None:
            say(f"{name}: is there again")
            return newest
    tries = f"{len(_PAUSES)} tries in {sum(_PAUSES)} seconds"
    raise DatasetError(f"{name}: was lost after {counted(lost.count, 'frame')}, and {tries} failed")


def _connection(source: str, before: _Newest | None) -> _Newest | None:
    """A connection from which a frame has come; None where there is none."""
    newest, is_there = _Newest(source, before), False
    try:
        is_there = newest.wait()
    finally:
        if not is_there:
            newest.stop()
    return newest if is_there else None


def _obstacle(source: str) -> str:
    if _CAMERA.fullmatch(source) or source.startswith("/dev/"):
        return "the camera cannot be opened: there is none, another program has it, or you may not use it"
    return "cannot be reached, or sends no video that can be read"


class _Newest:
    """Reads a capture in a thread, and keeps the newest frame.

    Args:
        source: what is opened.
        before: the connection that was lost, with which its frames are counted.

    Attributes:
        count: frames that came, those before included.
        began: when the first of all came.
    """

    def __init__(self, source: str, before: _Newest | None = None) -> None:
        self.count: int = before.count if before else 0
        self.began: float | None = before.began if before else None
        self._source = source
        self._frame: LiveFrame | None = None
        self._ended = False
        self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, name="live", daemon=True)
        self._thread.start()

    def wait(self) -> bool:
        """Whether a frame has come, when it is known."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._ended, 2 * _PATIENCE)
            return self._frame is not None

    def take(self) -> LiveFrame | None:
        """The newest frame that was not taken yet; None when the connection is lost."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._ended, _PATIENCE)
            frame, self._frame = self._frame, None
            return frame

    def stop(self) -> None:
        """Close the connection; one that hangs closes itself later."""
        self._stopping = True
        self._thread.join(1)

    def _read(self) -> None:
        capture = _opened(self._source)
        try:
            rate = usual_rate(capture.get(cv2.CAP_PROP_FPS))
            while not self._stopping:
                is_there, pixels = capture.read()
                if not is_there:
                    break
                self._put(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), rate)
        finally:
            capture.release()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, pixels: Any, rate: float) -> None:
        now = time.monotonic()
        with self._changed:
            self.began = now if self.began is None else self.began
            self._frame = LiveFrame(pixels, self.count, now - self.began, rate)
            self.count += 1
            self._changed.notify_all()


def _opened(source: str) -> Any:
    """A `cv2.VideoCapture` that gives up after a while."""
    if _CAMERA.fullmatch(source):
        return cv2.VideoCapture(int(source))
    if source.startswith("/dev/"):
        return cv2.VideoCapture(source)
    milliseconds = round(_PATIENCE * 1000)
    bounds = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds, cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds]
    return cv2.VideoCapture(source, cv2.CAP_FFMPEG, bounds)
