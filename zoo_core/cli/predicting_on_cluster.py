"""``zoo predict --cluster``: shards of the pictures, a file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zoo_core.cli.cluster_options import Format
from zoo_core.cli.cluster_place import say
from zoo_core.cli.output import print_line
from zoo_core.cli.progress import WorkProgress
from zoo_core.cluster.place import ClusterPlace
from zoo_core.common.errors import DatasetError, ZooError
from zoo_core.common.interrupts import Ended
from zoo_core.common.messages import counted, one_line
from zoo_core.common.optional_packages import needing
from zoo_core.engines.opening import is_exported
from zoo_core.prediction.sources.finding import Input, Inputs
from zoo_core.prediction.views import ViewOptions

if TYPE_CHECKING:
    from zoo_core.cluster.model import Model

__all__ = ["Chosen", "model_of", "predict_on_cluster"]

_MOST = 10_000_000
"""Pictures that one command shares out."""


class Chosen(NamedTuple):
    """What is reported.

    Attributes:
        classes: gives those that are reported of those that a detector knows.
        score: the least score.
        batch: pictures that go through the network together.
        format: of the files.
        views: how pictures are looked at.
    """

    classes: Callable[[Sequence[str]], Sequence[str]]
    score: float
    batch: int
    format: str
    views: ViewOptions


def model_of(place: ClusterPlace, run: Path, overrides: Sequence[str], how: Mapping[str, str | None]) -> Model:
    """The model as workers open it; an exported file computes with as many threads as a worker has CPUs."""
    with needing():
        from zoo_core.cluster.model import Model

    on_processor = is_exported(run) and (how["device"] or "cpu") == "cpu"
    threads = place.threads or 1 if on_processor else None
    return Model(str(run), tuple(overrides), threads=threads, **how)


def predict_on_cluster(place: ClusterPlace, model: Model, inputs: Inputs, chosen: Chosen, out: Path) -> int:
    """Find objects in pictures; the exit code."""
    with needing():
        from zoo_core.cluster.connecting import connected
        from zoo_core.cluster.model import gpus_of
        from zoo_core.cluster.predicting import PictureWork, require_pictures
        from zoo_core.cluster.room import Room
        from zoo_core.cluster.shard_folder import ShardFolder
        from zoo_core.cluster.shards import parts_of
        from zoo_core.cluster.sharing import shared

        if chosen.format == Format.PARQUET:
            import pyarrow.parquet  # noqa: F401 -- what is missing is told before work starts
    found = _all_of(inputs)
    pictures = [each for each in found if isinstance(each, Input)]
    failures = [one_line(str(each)) for each in found if isinstance(each, DatasetError)]
    require_pictures(pictures)
    detector = model.open()
    classes = chosen.classes(detector.class_names)
    work = PictureWork(model, pictures, classes, chosen.score, chosen.batch, chosen.format, chosen.views)
    room = Room(*(place.limits or (1, len(pictures))), place.threads or 1, gpus_of(detector), powers_of_two=False)
    parts, done = parts_of(len(pictures), chosen.batch), 0
    keep = partial(ShardFolder, out, suffix=f".{chosen.format}")

    def progress(count: int) -> None:
        nonlocal done
        done = count
        bar.predicted(count, len(pictures))

    try:
        with (
            connected(place),
            WorkProgress() as bar,
            shared(work, work.opened(detector), parts, keep, room, say, progress) as kept,
        ):
            failures += kept.failures()
    except (KeyboardInterrupt, Ended, ZooError):
        if done:
            say(f"stopped after {done} of {counted(len(pictures), 'picture')}; the same command continues")
        raise
    for each in failures:
        say(each)
    unread = len(failures)
    read = len(found) - unread
    print_line(f"{counted(read, 'picture')} in {counted(len(parts), 'file')}: {out}/*.{chosen.format}")
    if unread:
        say(f"{unread} could not be read; the same command tries them again")
    return 1 if unread else 0


def _all_of(inputs: Inputs) -> list[Input | DatasetError]:
    """All inputs, which are known before the first is shared out: a list without end cannot be."""
    found = list(islice(inputs, _MOST + 1))
    if len(found) > _MOST:
        raise DatasetError(f"more than {_MOST:,} pictures: name fewer of them for --cluster")
    return found
