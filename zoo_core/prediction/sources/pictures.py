"""All pictures of some inputs, videos frame by frame, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zoo_core.common.errors import DatasetError
from zoo_core.data.pipeline.images import decoded, file_content
from zoo_core.prediction.sources import Source
from zoo_core.prediction.sources.addresses import StreamError, fetched
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.live import Say, live_frames, public_name
from zoo_core.prediction.sources.videos import frames, video_facts

__all__ = ["Picture", "pictures"]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture or a frame.

    Attributes:
        source: for a detector.
        input: where it is from.
        frame: its number in the video, from 0; None for a picture.
        rate: frames a second of the video, as it says.
        time: at which the frame is shown, in seconds from the beginning; frames need not come at the rate.
    """

    source: Source
    input: Input
    frame: int | None = None
    rate: float = 0.0
    time: float | None = None

    @property
    def when(self) -> dict[str, Any]:
        """Number and time of a frame, by these names; nothing for a picture."""
        frame = {} if self.frame is None else {"frame": self.frame}
        return frame if self.time is None else {**frame, "time": round(self.time, 6)}


def pictures(inputs: Iterable[Input | DatasetError], say: Say | None = None) -> Iterator[Picture | DatasetError]:
    """Each picture and frame, and in its turn an error for what cannot be read; no more than one is held.

    A picture is not read here, but for one at an address that does not say what is there: it may be a stream.

    Args:
        inputs: where they are from.
        say: called with a line when the connection to a stream is lost, and when it is there again; logged when None.
    """
    for each in inputs:
        if isinstance(each, DatasetError):
            yield each
            continue
        try:
            yield from _live_frames_of(each, each.live, say) if each.live else _pictures_of(each)
        except StreamError:
            try:
                yield from _live_frames_of(each, each.name, say)
            except DatasetError as error:
                yield error
        except DatasetError as error:
            yield error


def _pictures_of(each: Input) -> Iterator[Picture]:
    if each.may_be_stream:
        with fetched(each.name) as file:
            yield Picture(decoded(file_content(file), each.name), each)
    elif not each.is_video:
        yield Picture(each.name if each.is_address else each.path, each)
    elif each.is_address:
        with fetched(each.name) as file:
            yield from _frames_of(each, file)
    else:
        yield from _frames_of(each, each.path)


def _live_frames_of(each: Input, source: str, say: Say | None) -> Iterator[Picture]:
    each = replace(each, name=public_name(each.name), live=source)
    for frame in live_frames(source, say) if say else live_frames(source):
        yield Picture(frame.pixels, each, frame.number, frame.rate, frame.time)


def _frames_of(each: Input, file: Path) -> Iterator[Picture]:
    rate = video_facts(file, each.name).rate
    for number, frame in enumerate(frames(file, each.name)):
        yield Picture(frame.pixels, each, number, rate, frame.time)
