"""Workers add in the order of one process, however many they are, in one level or in two."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from zoo_core.engines.part_sums import tree_sum

pytest.importorskip("ray")

from zoo_core.cluster.exchange import contributions, taken
from zoo_core.cluster.training_worker import TrainingWorker


class Handle:
    """A worker in this process, asked as Ray's are."""

    def __init__(self, vector):
        self._vector = vector
        self.asked = 0

    def __getattr__(self, name):
        return Method(self, partial(getattr(Exchanging, name), self))

    def contribute(self, pieces):
        return self._vector if pieces == 1 else tuple(np.array_split(self._vector, pieces))


class Method:
    def __init__(self, handle, call):
        self._handle, self._call = handle, call

    def options(self, num_returns):
        self._handle.asked += num_returns - 1
        return self

    def remote(self, *arguments):
        self._handle.asked += 1
        return self._call(*arguments)


class Exchanging:
    """The methods of a worker that exchange, and what stands for its learner."""

    added, joined = TrainingWorker.added, TrainingWorker.joined

    @staticmethod
    def contribution(worker, number, seed, index, pieces):
        assert (number, seed, index) == (5, 6, 7)
        return worker.contribute(pieces)

    @staticmethod
    def take(_, *pieces):
        return np.concatenate(pieces)


@pytest.mark.parametrize(("count", "objects"), [(1, 3), (2, 8), (4, 24), (16, 16 * 18), (32, 32 * 15), (128, 128 * 27)])
def test_the_sums_are_those_of_one_process(count, objects):
    """And so many objects does the command know, which would be the square of the workers in one level."""
    rng = np.random.default_rng(count)
    vectors = [rng.normal(size=1003).astype(np.float32) * 10.0 ** rng.integers(-3, 4) for _ in range(count)]
    workers = [Handle(each) for each in vectors]
    found = taken(workers, contributions(workers, 5, 6, 7))
    expected = tree_sum(vectors)
    assert len(found) == count
    for each in found:
        assert each.tobytes() == expected.tobytes()
    assert sum(each.asked for each in workers) == objects
