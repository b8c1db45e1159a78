"""A batch in parts: what each contributes to a step, and how that is added up, the same in every engine.

What a part contributes is one vector of sums, so that the sum of two vectors is what both parts contribute. The sums
of a batch are divided last, when those of all parts are there: matches may be reconsidered by what the network says. A
loss with two divisors has gradients of the class part and of the box part apart from each other until then. Vectors are
added in one fixed binary tree, for sums of floats depend on their order: whoever computes which parts, the total has
the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.protocols import Targets
from zoo_core.parts.outputs import Normalizer

__all__ = ["PartSums", "PartWeight", "Vector", "part_seed", "part_weight", "tree_sum"]

Floats = NDArray[np.float32]
Vector = Floats
_Shapes = Mapping[str, tuple[int, ...]]


def tree_sum(vectors: Iterable[Vector]) -> Vector:
    """The sum of a power of two of vectors, neighbours first: ((0 + 1) + (2 + 3)) + ... ; they are taken one by one."""
    waiting: list[Vector] = []
    for count, vector in enumerate(vectors, start=1):
        while count % 2 == 0:
            vector = waiting.pop() + vector  # noqa: PLW2901  # it grows
            count //= 2  # noqa: PLW2901
        waiting.append(vector)
    (total,) = waiting
    return total


def part_seed(step: int, batch: int, part: int) -> int:
    """The seed of what a network draws at random for a part of a batch.

    Args:
        step: the seed of the step.
        batch: its index among those of the step.
        part: its index in the batch.
    """
    return int(np.random.SeedSequence([step, batch, part]).generate_state(1)[0] >> 1)


class PartWeight(NamedTuple):
    """The weight of a part in its batch, for each of the D divisors of the loss (one or two).

    Attributes:
        factors: (D, 2) by which the class part and the box part are multiplied, so that they are sums again; each row
            is of one backward pass.
        added: (D,) what the part adds to the divisors of the whole batch.
    """

    factors: Floats
    added: Floats


def part_weight(targets: Targets, normalizers: Sequence[Normalizer]) -> PartWeight:
    """The weight of a part with these targets; parts have equally many images.

    Args:
        targets: of the part.
        normalizers: of the loss; see `LossSettings.normalizers`.
    """
    added = np.array([_counted(targets, each) for each in normalizers], np.float32)
    divisors = np.maximum(added, 1)
    factors = np.diag(divisors) if len(divisors) > 1 else np.tile(divisors, (1, 2))
    return PartWeight(factors, added)


def _counted(targets: Targets, normalizer: Normalizer) -> int:
    if normalizer is Normalizer.PEAKS and targets.soft is not None:
        return int(np.count_nonzero(targets.soft >= 1))
    return int(np.count_nonzero(targets.classes > 0)) if normalizer is Normalizer.MATCHES else 1


@dataclass(frozen=True)
class _Combined:
    """What a batch teaches.

    Attributes:
        gradients: by the names of the weights, those of earlier batches of the step added.
        statistics: running statistics by name, the means of the parts.
        losses: the class part and the box part of the loss of the batch.
    """

    gradients: dict[str, NDArray[np.float32]]
    statistics: dict[str, NDArray[np.float32]]
    losses: tuple[float, float]


class PartSums:
    """Packs what parts contribute into vectors, and makes gradients, running statistics and losses of their total.

    Args:
        parts: in a batch.
        divisors: of the loss.
        gradients: shapes of the weights that have gradients, by name.
        statistics: shapes of the running statistics, by name.
    """

    def __init__(self, parts: int, divisors: int, gradients: _Shapes, statistics: _Shapes) -> None:
        self._parts, self._divisors = parts, divisors
        self._gradients, self._statistics = dict(gradients), dict(statistics)
        gradient, running = (sum(map(prod, shapes.values())) for shapes in (self._gradients, self._statistics))
        self._lengths = divisors * gradient, running, 2
        self._earlier: Vector | None = None

    def packed(
        self,
        gradients: Iterable[NDArray[Any] | None],
        statistics: Iterable[NDArray[Any]],
        losses: NDArray[Any],
        added: NDArray[Any],
    ) -> Vector:
        """What a part contributes.

        Args:
            gradients: of the sums of the part, backward pass by backward pass; None where there is none.
            statistics: after the part.
            losses: sums of the class part and the box part.
            added: see `PartWeight`.
        """
        shapes = [*self._gradients.values()] * self._divisors
        pulls = (np.zeros(shape) if each is None else each for shape, each in zip(shapes, gradients, strict=True))
        pieces = (*pulls, *statistics, losses, added)
        return np.concatenate([np.ravel(each).astype(np.float32, copy=False) for each in pieces])

    def combined(self, total: Vector) -> _Combined:
        """What the total of all parts of a batch teaches; its gradients are kept until `forget`."""
        gradients, rest, losses, added = np.split(total, np.cumsum(self._lengths))
        divisors = np.maximum(added, 1)
        pull = (gradients.reshape(self._divisors, -1) / divisors[:, None]).sum(axis=0)
        self._earlier = pull if self._earlier is None else self._earlier + pull
        class_loss, box_loss = (losses / divisors).tolist()
        return _Combined(
            _unpacked(self._earlier, self._gradients),
            _unpacked(rest / np.float32(self._parts), self._statistics),
            (class_loss, box_loss),
        )

    def forget(self) -> None:
        """A new step begins: no batch was before it."""
        self._earlier = None


def _unpacked(vector: Vector, shapes: _Shapes) -> dict[str, NDArray[np.float32]]:
    ends = np.cumsum([prod(shape) for shape in shapes.values()])
    pieces = np.split(vector, ends[:-1]) if shapes else []
    return {name: piece.reshape(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)}
