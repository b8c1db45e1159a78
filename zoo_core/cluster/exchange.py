"""How workers add what their parts contribute, each way as `training.exchange` names it.

Exact: piece by piece, in the fixed tree of `zoo_core.engines.part_sums`. Each worker cuts its vector into pieces, adds
one piece of all, and takes the sums of the others. The command knows each piece, and with n workers there are n times
n. More of them exchange in two levels: first within groups of neighbours, which are whole branches of the tree, then
between the workers of one index in their groups, and back.

Fast: the engine adds whole vectors, over connections of its own and in an order that depends on how many workers there
are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.cluster.workers import Workers
from zoo_core.config.training import Exchange

__all__ = ["computed", "contributions", "taken"]

DIRECT = 16
"""So many workers exchange in one level: by the simulation in benchmarks/exchange.py two are no slower from here on."""
_Rows = list[list[Any]]


def computed(workers: Workers, exchange: Exchange | None, number: int, seed: int, index: int) -> tuple[float, float]:
    """Have a batch computed, so that all have its gradients; its losses.

    Args:
        workers: that compute it.
        exchange: in which way; None for a batch that is not cut into parts, which one of them computes.
        number: see `TrainingWorker.contribution`.
        seed: likewise.
        index: likewise.

    Raises:
        WorkerLostError, TrainingError: as `Workers.fetch`.
    """
    handles, batch = workers.handles, (number, seed, index)
    if exchange is None:
        references = [handles[0].whole.remote(*batch)]
    elif exchange == "exact":
        references = taken(handles, contributions(handles, *batch))
    else:
        # All have computed before the first waits for the others, so that what ends one is told at once.
        workers.fetch([each.contribute.remote(*batch) for each in handles])
        references = [each.reduce.remote() for each in handles]
    losses: tuple[float, float] = workers.fetch(references)[0]
    return losses


def contributions(workers: Sequence[Any], number: int, seed: int, index: int) -> _Rows:
    """The pieces of each worker's contribution to a batch; the arguments are those of `TrainingWorker.contribution`."""
    count = _group_size(len(workers))
    return [_pieces(each.contribution, count, number, seed, index, count) for each in workers]


def taken(workers: Sequence[Any], rows: _Rows) -> list[Any]:
    """The losses of a batch as each worker has them when it has taken the sums of all.

    Args:
        workers: in the order of their parts.
        rows: what `contributions` gave.
    """
    count = _group_size(len(workers))
    groups = [range(first, first + count) for first in range(0, len(workers), count)]
    sums: _Rows = [[] for _ in workers]
    for group in groups:
        for index, worker in enumerate(group):
            column = [rows[each][index] for each in group]
            sums[worker] = _pieces(workers[worker].added, len(groups), len(groups), *column)
    whole = sums if len(groups) == 1 else _between(workers, sums, count)
    return [workers[each].take.remote(*(whole[member][0] for member in group)) for group in groups for each in group]


def _between(workers: Sequence[Any], sums: _Rows, count: int) -> _Rows:
    """The sum of all groups of the piece that each worker has of its own group."""
    whole: _Rows = [[] for _ in workers]
    for index in range(count):
        members = range(index, len(workers), count)
        added = [
            workers[each].added.remote(1, *(sums[member][piece] for member in members))
            for piece, each in enumerate(members)
        ]
        for each in members:
            whole[each] = [workers[each].joined.remote(*added)]
    return whole


def _group_size(workers: int) -> int:
    return workers if workers <= DIRECT else 1 << (workers.bit_length() // 2)


def _pieces(method: Any, count: int, *arguments: Any) -> list[Any]:
    made = method.options(num_returns=count).remote(*arguments)
    return [made] if count == 1 else list(made)
