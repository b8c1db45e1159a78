"""A learner whose batches are computed by workers; implements `zoo_core.prediction.engine.Learner`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import ray
from numpy.typing import NDArray

from zoo_core.cluster.exchange import computed
from zoo_core.cluster.training_worker import NOT_JOINED, Snapshot
from zoo_core.cluster.workers import WorkerLostError, Workers
from zoo_core.common.errors import TrainingError
from zoo_core.common.messages import counted
from zoo_core.config.training import Exchange
from zoo_core.data.pipeline.batches import Batch
from zoo_core.prediction.engine import Learner, LearnerState

__all__ = ["ClusterLearner"]

_Result = TypeVar("_Result")
_ATTEMPTS = 5
"""So often in a row workers may be lost before a batch is computed."""


@dataclass
class _Step:
    """What is needed to do a step again.

    Attributes:
        seed: of what is drawn at random.
        batches: numbers of those that are computed.
        rate: the learning rate; None while the step is not made.
    """

    seed: int
    batches: list[int] = field(default_factory=list)
    rate: float | None = None


class ClusterLearner:
    """Has workers compute the parts of batches, and goes on when some are lost.

    All workers have the same weights after every step, so that a new one goes on from the state of any other and no
    step is lost; where none is left, the steps since the last checkpoint are done again. Either way the weights are
    those that they would have been, with an exact exchange to the last bit.

    Args:
        workers: that compute.
        local: the learner of the engine here, which is given the weights when they are scored or written.
        exchange: how workers add up what their parts of a batch contribute; None where batches are not cut into parts.
        say: called with what has happened, in words.
    """

    def __init__(self, workers: Workers, local: Learner, exchange: Exchange | None, say: Callable[[str], None]) -> None:
        self._workers, self._local, self._exchange, self._say = workers, local, exchange, say
        self._begin(Snapshot(0, local.arrays(), local.state()))

    def _begin(self, base: Snapshot) -> None:
        """Every worker goes on from here."""
        self._base, self._steps = base, list[_Step]()
        self._surviving(lambda: self._join(ray.put(base)))

    def _join(self, snapshot: Any) -> None:
        handles = self._workers.handles
        meeting = handles[0].listen.remote() if self._exchange == "fast" else None
        given = (len(handles), snapshot, meeting)
        self._workers.fetch([each.join.remote(rank, *given) for rank, each in enumerate(handles)])

    @property
    def precision(self) -> str:
        """See `Learner.precision`."""
        return self._local.precision

    def seed(self, number: int) -> None:
        """See `Learner.seed`; where what workers go on from is known here, more of them may join."""
        if not self._steps and self._exchange:
            self._surviving(self._grow)
        self._steps.append(_Step(number))

    def forward_backward(self, batch: Batch) -> tuple[float, float]:
        """See `Learner.forward_backward`; of the batch its number alone is used."""
        step, number = self._steps[-1], batch.number
        if number is None:
            raise ValueError("a batch without a number cannot be computed by workers")
        losses = self._surviving(lambda: self._computed(number, step.seed, len(step.batches)))
        step.batches.append(number)
        return losses

    def _computed(self, number: int, seed: int, index: int) -> tuple[float, float]:
        return computed(self._workers, self._exchange, number, seed, index)

    def step(self, rate: float, batches: int) -> None:
        """See `Learner.step`."""
        count = self._base.steps + len(self._steps)
        self._surviving(lambda: self._made(count, rate, batches))
        self._steps[-1].rate = rate

    def _made(self, count: int, rate: float, batches: int) -> None:
        self._workers.fetch([each.step.remote(count, rate, batches) for each in self._workers.handles])

    def _surviving(self, action: Callable[[], _Result]) -> _Result:
        """Do something, again from a sound state where workers are lost over it."""
        for _ in range(_ATTEMPTS):
            try:
                return action()
            except WorkerLostError:
                self._recover()
        raise TrainingError(
            f"workers were lost {_ATTEMPTS} times in a row; have the nodes enough memory for batches of this size?"
        )

    def _recover(self) -> None:
        """Fill the gaps, and bring all workers to the moment before what failed."""
        before = self._workers.handles
        for _ in range(_ATTEMPTS):
            try:
                alive = self._workers.alive()
                lost = self._workers.losses(before, alive)
                snapshot, done = self._newest(alive)
                self._workers.fill(alive)
                self._join(snapshot)
                again = self._steps[done - self._base.steps :]
                for number, step in enumerate(again, start=done + 1):
                    for index, batch in enumerate(step.batches):
                        self._computed(batch, step.seed, index)
                    if step.rate is not None:
                        self._made(number, step.rate, len(step.batches))
            except WorkerLostError:
                continue
            else:
                repeated = sum(step.rate is not None for step in again)
                what = lost or "workers did not reach each other"
                self._say(f"{what}; goes on with {len(self._workers.handles)}, {counted(repeated, 'step')} done again")
                return
        raise TrainingError(f"workers were lost, or did not reach each other, {_ATTEMPTS} times in a row")

    def _newest(self, alive: list[Any]) -> tuple[Any, int]:
        """The state of the worker that has done most, and how many steps that are; of the last checkpoint if none."""
        done = self._workers.fetch([each.abandon.remote() for each in alive]) if self._exchange else []
        most = max(done, default=NOT_JOINED)
        if most == NOT_JOINED:
            return ray.put(self._base), self._base.steps
        return alive[done.index(most)].snapshot.remote(), most

    def largest_gradients(self) -> str:
        """See `Learner.largest_gradients`."""
        said: str = self._surviving(lambda: self._of_first("largest_gradients"))
        return said

    def wait(self) -> None:
        """See `Learner.wait`; everything is computed already."""

    def averaged(self) -> AbstractContextManager[None]:
        """See `Learner.averaged`."""
        self.arrays()
        return self._local.averaged()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See `Learner.arrays`; these are what training goes on from if all workers are lost."""
        if self._steps:
            self._base = self._surviving(lambda: self._of_first("snapshot"))
            self._steps = []
            self._local.restore(dict(self._base.arrays), self._base.state, Path("the state of a worker"))
        return dict(self._base.arrays)

    def _grow(self) -> None:
        if self._workers.grow():
            self._join(ray.put(self._base))

    def _of_first(self, method: str) -> Any:
        return self._workers.fetch([getattr(self._workers.handles[0], method).remote()])[0]

    def state(self) -> LearnerState:
        """See `Learner.state`."""
        return self._base.state

    def restore(self, arrays: dict[str, NDArray[Any]], state: LearnerState, place: Path) -> None:
        """See `Learner.restore`."""
        self._local.restore(dict(arrays), state, place)
        self._begin(Snapshot(0, arrays, state))
