"""``zoo eval --cluster``: workers find the objects in shards of a data set; scores are computed here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo_core.boxes.protocols import Dataset
from zoo_core.cli.cluster_place import say
from zoo_core.cli.scored_data import Opening
from zoo_core.cluster.place import ClusterPlace
from zoo_core.common.errors import ZooError
from zoo_core.common.interrupts import Ended
from zoo_core.common.optional_packages import needing
from zoo_core.evaluation.conditions import Conditions
from zoo_core.evaluation.evaluate import Collect
from zoo_core.evaluation.results import Results
from zoo_core.prediction.views import ViewOptions

if TYPE_CHECKING:
    from zoo_core.cluster.model import Model

__all__ = ["collecting"]

_SUFFIX = ".npz"


def collecting(
    place: ClusterPlace,
    model: Model,
    opening: Opening,
    named: tuple[object, ...],
    views: ViewOptions,
    folders: list[Path],
) -> Collect:
    """What collects the detections of a model in a data set on a cluster.

    What is done is kept in a hidden folder of the current one, so that the same command continues.

    Args:
        place: the cluster.
        model: as workers open it.
        opening: opens the data set.
        named: what the command says of the data, which tells one such folder from another; the split first.
        views: how images are looked at.
        folders: gets that folder when all is done, to be removed when nothing else can go wrong.
    """
    key = sha256(repr((model, named, views)).encode(errors="surrogateescape")).hexdigest()
    folder = Path(f".zoo-eval-{key[:12]}")

    def collect(detector: Any, dataset: Dataset, progress: Callable[[int, int], None] | None) -> Results:
        with needing():
            from zoo_core.cluster.connecting import connected
            from zoo_core.cluster.model import gpus_of
            from zoo_core.cluster.room import Room
            from zoo_core.cluster.scoring import BATCH, ScoringWork, merged
            from zoo_core.cluster.shard_folder import ShardFolder
            from zoo_core.cluster.shards import parts_of
            from zoo_core.cluster.sharing import shared

        work = ScoringWork(model, opening, str(named[0]), views)
        limits = place.limits or (1, len(dataset))
        room = Room(*limits, place.threads or 1, gpus_of(detector), powers_of_two=False)
        parts, opened = parts_of(len(dataset), BATCH), work.opened(detector, dataset)
        keep = partial(ShardFolder, folder, suffix=_SUFFIX, replaces=True)

        def done(count: int) -> None:
            if progress:
                progress(count, len(dataset))

        try:
            with (
                connected(place),
                shared(work, opened, parts, keep, room, say, done) as kept,
            ):
                results = merged(kept.contents(), dataset, Conditions.of(detector, views))
        except (KeyboardInterrupt, Ended, ZooError):
            if any(folder.glob(f"*{_SUFFIX}")):
                say(f"stopped; what is done is kept in {folder}, and the same command continues")
            raise
        folders.append(folder)
        return results

    return collect
