"""A worker that computes its parts of each batch."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import ray

from zoo_core.cluster.circumstances import Circumstances, flat_versions
from zoo_core.cluster.network_copy import NetworkCopy, detector_from
from zoo_core.cluster.worker import Worker, in_words
from zoo_core.config.loading import load_config
from zoo_core.data.opening import dataset
from zoo_core.data.pipeline.batches import Batch, TrainingBatches
from zoo_core.engines.part_sums import Vector, tree_sum
from zoo_core.prediction.engine import LearnerState, Peers, ReducingLearner
from zoo_core.training.session import batches_for

__all__ = ["NOT_JOINED", "Snapshot", "TrainingWorker"]

NOT_JOINED = -1
"""Steps of a worker that has no weights of the others yet."""


class Snapshot(NamedTuple):
    """Everything on which the steps to come depend.

    Attributes:
        steps: number of steps done.
        arrays: of the learner.
        state: likewise.
    """

    steps: int
    arrays: Mapping[str, Any]
    state: LearnerState


class TrainingWorker(Worker):
    """Trains a detector together with others of its kind: all have the same weights after every step.

    Args:
        folder: see `Worker`.
        settings: the configuration, as JSON has it.
        network: what `network_copy` gives where the command runs.
    """

    def __init__(self, folder: str, settings: Mapping[str, Any], network: NetworkCopy) -> None:
        super().__init__(folder)
        self._settings, self._network = settings, network
        self._steps, self._in_step = NOT_JOINED, False
        self._listener: socket.socket | None = None

    def prepare(self) -> Circumstances:
        """Open the data and build the network; what is here, to be compared.

        Raises:
            RefusedError: the data, the model or the engine is not here.
        """
        with in_words():
            self._settle()
            # What the workers are given replaces the weights from which training begins.
            self._config = load_config(self._settings, {"weights.source": None})
            self._train_set = dataset(self._config, "train")
            self._detector = detector_from(self._config, self._network)
            size = min(self._config.training.batch_size, len(self._train_set))
            self._learner = self._detector.engine.learner(self._config, size)
            return Circumstances.of_split(flat_versions(self._config, trains=True), "training", self._train_set)

    def listen(self) -> tuple[str, int]:
        """Listen at the address of this node, where those who join can find each other; host and port."""
        self._listener = socket.create_server((ray.util.get_node_ip_address(), 0))
        host, port = self._listener.getsockname()
        return host, port

    def join(self, rank: int, workers: int, snapshot: Snapshot, meeting: tuple[str, int] | None = None) -> None:
        """Be one of so many workers, and go on from a moment.

        Args:
            rank: of this one.
            workers: how many they are.
            snapshot: the moment.
            meeting: where they find each other, if they add up by themselves what they contribute.

        Raises:
            PeerLostError: they do not find each other.
        """
        parts = self._config.training.parts
        self._parts = range(rank * parts // workers, (rank + 1) * parts // workers)
        self._batches: TrainingBatches = batches_for(self._detector, self._train_set, (rank, workers))
        self._ahead: Iterator[Batch] = iter(())
        self._next = -1
        with in_words():
            self._learner.restore(dict(snapshot.arrays), snapshot.state, Path("the state of another worker"))
        self._steps, self._in_step = snapshot.steps, False
        if meeting:
            listener, self._listener = self._listener, None
            host = ray.util.get_node_ip_address()
            self._reducing.join(Peers(rank, workers, host, meeting, listener))

    @property
    def _reducing(self) -> ReducingLearner:
        return cast("ReducingLearner", self._learner)

    def contribution(self, number: int, seed: int, index: int, pieces: int) -> Any:
        """The sums of this worker's parts of a batch, cut into pieces.

        Args:
            number: of the batch, counted from 0 over all epochs.
            seed: of the step.
            index: of the batch in its step.
            pieces: how many.
        """
        batch = self._begun(number, seed, index)
        return _cut(self._learner.contribution(batch, self._parts), pieces)

    def contribute(self, number: int, seed: int, index: int) -> None:
        """Compute this worker's parts of a batch, for `reduce`; the arguments are those of `contribution`."""
        self._reducing.contribute(self._begun(number, seed, index), self._parts)

    def reduce(self) -> tuple[float, float]:
        """Add up with the others what all have computed, and take the sums as the gradients of the batch; its losses.

        Raises:
            PeerLostError: another one is gone.
        """
        return self._reducing.reduce()

    def _begun(self, number: int, seed: int, index: int) -> Batch:
        batch = self._prepared(number)
        if index == 0:
            self._learner.seed(seed)
        self._in_step = True
        return batch

    def added(self, cut: int, *pieces: Vector) -> Any:
        """The sum of one piece of several workers, cut into so many in its turn."""
        return _cut(tree_sum(pieces), cut)

    def joined(self, *pieces: Vector) -> Vector:
        """Pieces that lie one after the other."""
        return np.concatenate(pieces)

    def take(self, *pieces: Vector) -> tuple[float, float]:
        """Take the sums of all workers as the gradients of a batch; its losses."""
        return self._learner.take(np.concatenate(pieces))

    def whole(self, number: int, seed: int, index: int) -> tuple[float, float]:
        """Compute a batch that is not cut into parts; its losses."""
        return self._learner.forward_backward(self._begun(number, seed, index))

    def step(self, count: int, rate: float, batches: int) -> None:
        """Make the step with that number, counted from 1, unless it is made already."""
        if self._steps < count:
            self._learner.step(rate, batches)
            self._steps, self._in_step = count, False

    def abandon(self) -> int:
        """Forget a step that is not made yet; the number of steps done, or `NOT_JOINED`."""
        if self._in_step:
            self._learner.abandon()
        self._in_step = False
        return self._steps

    def snapshot(self) -> Snapshot:
        """Everything on which the steps to come depend.

        Raises:
            RefusedError: weights are no longer numbers.
        """
        with in_words():
            return Snapshot(self._steps, self._learner.arrays(), self._learner.state())

    def largest_gradients(self) -> str:
        """See `Learner.largest_gradients`."""
        return self._learner.largest_gradients()

    def _prepared(self, number: int) -> Batch:
        with in_words():
            if number != self._next:
                self._ahead = self._batches.starting_at(number)
            self._next = number + 1
            return next(self._ahead)


def _cut(vector: Vector, pieces: int) -> Any:
    """As Ray has what a method returns: one object, or several."""
    return vector if pieces == 1 else tuple(np.array_split(vector, pieces))
