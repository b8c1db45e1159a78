"""Pictures and videos with what was found drawn in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zoo_core.data.images import IMAGE_SUFFIXES, write_image
from zoo_core.detections import Detections
from zoo_core.errors import DatasetError
from zoo_core.files import LONGEST_NAME, reason, replacing
from zoo_core.sources.finding import Input
from zoo_core.sources.pictures import Picture

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
        self._video: Any = None
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

    def add(self, picture: Picture, found: Detections) -> None:
        """Draw what was found in a picture.

        Raises:
            DatasetError: the file cannot be written.
        """
        path, drawn = self.path_of(picture.input), found.plot()
        if picture.frame is None:
            write_image(drawn, path)
            return
        if self._video is None:
            self._video = self._open.enter_context(_video_file(path, picture.rate, drawn))
        self._video.write_frame(np.ascontiguousarray(drawn[:, :, ::-1]))

    def _new_path(self, source: Input) -> Path:
        suffix = source.place.suffix if source.place.suffix.lower() in IMAGE_SUFFIXES else ".jpg"
        place = source.place.with_suffix(_VIDEO if source.is_video else suffix)
        path, number = _fitted(place), 1
        while path in self._taken:
            number += 1
            path = _fitted(place, f"-{number}")
        self._taken.add(path)
        return self._folder / path


def _fitted(place: Path, number: str = "") -> Path:
    """The place with a number behind its stem, of which no more is left than the name of a file can have."""
    stem, rest = place.stem, f"{number}{place.suffix}"
    while len(os.fsencode(f"{stem}{rest}")) > LONGEST_NAME:
        stem = stem[:-1]
    return place.with_name(f"{stem}{rest}")


@contextmanager
def _video_file(path: Path, rate: float, first: NDArray[np.uint8]) -> Iterator[Any]:
    """A `supervision.VideoSink` for frames of the size of the first; the file is there whole or not at all.

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
            sink = opened.enter_context(sv.VideoSink(str(part), sv.VideoInfo(width, height, rate)))
        except (OSError, RuntimeError) as error:
            raise DatasetError(f"{path}: cannot be written: {reason(error)}") from None
        yield sink
        sink.__exit__(None, None, None)
        part.replace(fresh)
