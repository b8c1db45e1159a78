"""Predictions as lines for people, one for a picture or a whole video, and as lines of JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from zoo_core.common.messages import counted, one_line
from zoo_core.prediction.outputs import Add, FoundObjects
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.pictures import Picture

__all__ = ["as_json_line", "summaries"]


def as_json_line(picture: Picture, found: FoundObjects) -> str:
    """What was found in a picture, as `Detections.to_dict`; with number and time of the frame in a video."""
    return json.dumps(found.to_dict() | {"source": picture.input.name} | picture.when)


@contextmanager
def summaries(say: Callable[[str], None], drawn: Callable[[Input], object] | None = None) -> Iterator[Add]:
    """Says how many objects of each class there were: of a picture at once, of a video when it has ended.

    Tracked objects of a video count once, others once a frame.

    Args:
        say: called with each line.
        drawn: where a picture or video is drawn; None when it is not.
    """
    video: Input | None = None
    frames, where = 0, ""
    counts: Counter[str] = Counter()
    known: set[int] = set()

    def end_video() -> None:
        if video is not None:
            say(f"{one_line(video.name)}: {counted(frames, 'frame')}, {_in_words(counts)}{where}")

    def add(picture: Picture, found: FoundObjects) -> None:
        nonlocal video, frames, where
        if picture.input is not video:
            end_video()
            video, frames = None, 0
            counts.clear()
            where = f" -> {one_line(str(drawn(picture.input)))}" if drawn else ""
        if picture.frame is None:
            say(f"{one_line(picture.input.name)}: {_in_words(Counter(found.names))}{where}")
        else:
            video = picture.input
            frames += 1
            counts.update(_new(found, known))

    yield add
    end_video()


def _new(found: FoundObjects, known: set[int]) -> list[str]:
    """The classes of the objects that are not known, which are then."""
    if found.tracks is None:
        return found.names
    numbers = found.tracks.tolist()
    fresh = [name for name, number in zip(found.names, numbers, strict=True) if number not in known]
    known.update(numbers)
    return fresh


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(counted(number, one_line(name)) for name, number in counts.most_common()) or "nothing found"
