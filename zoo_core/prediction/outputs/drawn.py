"""Pictures and videos with what was found drawn in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import DatasetError
from zoo_core.common.files import LONGEST_NAME, reason
from zoo_core.common.writing import replacing
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.prediction.outputs import FoundObjects
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.pictures import Picture
from zoo_core.prediction.sources.plain_names import plain_name

__all__ = ["DrawnFiles"]

_VIDEO = ".mp4"


class DrawnFiles:
    """Writes each picture to a folder, under its place there, and each video as MP4, frame by frame.

    Args:
        folder: where they go; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[Path] = set()
        self._source: Input | None = None
        self._path = folder
        self._video: _Film | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, traceback)

    def path_of(self, source: Input) -> Path:
        """The file for what is found in a source, the present one or the next; a video is there when it has ended.

        Two sources never have the same: the later gets a number.
        """
        if source is not self._source:
            self._open.close()
            self._source, self._video, self._path = source, None, self._new_path(source)
        return self._path

    def add(self, picture: Picture, found: FoundObjects) -> None:
        """Draw what was found in a picture.

        Raises:
            DatasetError: the file cannot be written.
        """
        path = self.path_of(picture.input)
        if picture.frame is None:
            write_image(found.plot(legend=True), path)
            return
        drawn = found.plot()
        if self._video is None:
            self._video = self._open.enter_context(_video_file(path, picture.rate, drawn))
        self._video.add(drawn, picture.frame / picture.rate if picture.time is None else picture.time)

    def _new_path(self, source: Input) -> Path:
        suffix = source.place.suffix if source.place.suffix.lower() in IMAGE_SUFFIXES else ".jpg"
        place = source.place.with_suffix(_VIDEO if source.is_video else suffix)
        path, number = _fitted(place), 1
        while path in self._taken:
            number += 1
            path = _fitted(place, f"-{number}")
        self._taken.add(path)
        return self._folder / path


class _Film:
    """Writes frames at a constant rate so that each is seen at its time: until the next one comes it is repeated.

    Args:
        sink: a `supervision.VideoSink`.
    """

    def __init__(self, sink: Any) -> None:
        self._sink = sink
        self._count = 0
        self._last: NDArray[np.uint8] | None = None

    def add(self, frame: NDArray[np.uint8], time: float) -> None:
        """Write a frame (H, W, 3) RGB; no frame is left out, even where they come faster than the rate."""
        info = self._sink.video_info
        while self._last is not None and self._count < round(time * info.fps):
            self._write(self._last)
        scene = np.ascontiguousarray(frame[:, :, ::-1])
        if scene.shape[1::-1] != info.resolution_wh:  # a stream may change its size on the way
            scene = cv2.resize(scene, info.resolution_wh, interpolation=cv2.INTER_AREA)
        self._last = scene
        self._write(scene)

    def _write(self, scene: NDArray[np.uint8]) -> None:
        self._sink.write_frame(scene)
        self._count += 1


def _fitted(place: Path, number: str = "") -> Path:
    """The place with a number behind its stem, of which no more is left than the name of a file can have."""
    stem, rest = place.stem, f"{number}{place.suffix}"
    while len(os.fsencode(f"{stem}{rest}")) > LONGEST_NAME:
        stem = stem[:-1]
    return place.with_name(f"{stem}{rest}")


@contextmanager
def _video_file(path: Path, rate: float, first: NDArray[np.uint8]) -> Iterator[_Film]:
    """A film for frames of the size of the first; the file appears whole or not at all.

    Raises:
        DatasetError: the file cannot be written.
    """
    import supervision as sv

    height, width = first.shape[:2]
    with ExitStack() as opened:
        try:
            fresh = opened.enter_context(replacing(path))
            part = fresh.with_suffix(_VIDEO)  # the writer takes the format from it
            opened.callback(part.unlink, missing_ok=True)
            name = opened.enter_context(plain_name(part))
            sink = opened.enter_context(sv.VideoSink(name, sv.VideoInfo(width, height, rate)))
        except (OSError, RuntimeError) as error:
            raise DatasetError(f"{path}: cannot be written: {reason(error)}") from None
        yield _Film(sink)
        sink.__exit__(None, None, None)
        part.replace(fresh)
