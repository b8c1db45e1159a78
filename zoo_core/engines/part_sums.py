"""A batch in parts: what each contributes to a step, and how that is added up, the same in every engine.

What a part contributes is one vector of sums, so that the sum of two vectors is what both parts contribute. They are
added in one fixed binary tree, for sums of floats depend on their order: whoever computes which parts, the total has
the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.protocols import Targets
from zoo_core.parts.outputs import Normalizer

__all__ = ["PartSums", "Share", "Vector", "part_seed", "share_of", "tree_sum"]

Vector = NDArray[np.float32]
_Array = TypeVar("_Array")
_Shapes = Mapping[str, tuple[int, ...]]


def tree_sum(vectors: Iterable[_Array]) -> _Array:
    """The sum of a power of two of vectors, neighbours first: ((0 + 1) + (2 + 3)) + ... ; they are taken one by one."""
    waiting: list[Any] = []
    for count, vector in enumerate(vectors, start=1):
        while count % 2 == 0:
            vector = waiting.pop() + vector  # noqa: PLW2901  # it grows
            count //= 2  # noqa: PLW2901
        waiting.append(vector)
    total: _Array
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


class Share(NamedTuple):
    """The weight of a part in its batch.

    Attributes:
        divisor: by which the loss has divided the sums of the part.
        added: what it adds to the divisor of the whole batch.
    """

    divisor: float
    added: float


def share_of(targets: Targets, normalizer: Normalizer | None) -> Share:
    """The weight of a part with these targets; parts have equally many images."""
    if normalizer is not Normalizer.MATCHES:
        return Share(1, 1)
    matches = int(np.count_nonzero(targets.classes > 0))
    return Share(max(matches, 1), matches)


@dataclass(frozen=True)
class _Combined:
    """What a batch teaches.

    Attributes:
        gradients: by the names of the weights, those of earlier batches of the step added.
        statistics: running statistics by name, the means of the parts.
        losses: the class part and the box part of the loss of the batch.
    """

    gradients: dict[str, Any]
    statistics: dict[str, Any]
    losses: tuple[float, float]


class PartSums:
    """Packs what parts contribute into vectors, and makes gradients, running statistics and losses of their total.

    Arrays are those of one library, of float32.

    Args:
        parts: in a batch.
        gradients: shapes of the weights that have gradients, by name.
        statistics: shapes of the running statistics, by name.
        joined: makes one array of several of one dimension.
    """

    def __init__(
        self,
        parts: int,
        gradients: _Shapes,
        statistics: _Shapes,
        joined: Callable[[Sequence[Any]], Any] = np.concatenate,
    ) -> None:
        self._parts, self._joined = parts, joined
        self._gradients, self._statistics = dict(gradients), dict(statistics)
        self._length = sum(map(prod, self._gradients.values()))
        self._earlier: Any = None

    def packed(self, gradients: Iterable[Any], statistics: Iterable[Any], losses: Any, added: Any) -> Any:
        """What a part contributes.

        Args:
            gradients: of the loss times the divisor of the part.
            statistics: after the part.
            losses: class part and box part, times the divisor.
            added: see `Share`; of one element.
        """
        return self._joined([each.reshape(-1) for each in (*gradients, *statistics, losses, added)])

    def combined(self, total: Any) -> _Combined:
        """What the total of all parts of a batch teaches; its gradients are kept until `forget`."""
        divisor = max(total[-1], 1)
        pull, rest = total[: self._length] / divisor, total[self._length : -3]
        self._earlier = pull if self._earlier is None else self._earlier + pull
        class_loss, box_loss = (total[-3:-1] / divisor).tolist()
        return _Combined(
            _unpacked(self._earlier, self._gradients),
            _unpacked(rest / self._parts, self._statistics),
            (class_loss, box_loss),
        )

    def forget(self) -> None:
        """A new step begins: no batch was before it."""
        self._earlier = None


def _unpacked(vector: Any, shapes: _Shapes) -> dict[str, Any]:
    found, begin = {}, 0
    for name, shape in shapes.items():
        end = begin + prod(shape)
        found[name], begin = vector[begin:end].reshape(shape), end
    return found
