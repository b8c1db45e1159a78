"""A batch in parts: what each contributes to a step, and how that is added up, the same in every engine.

What a part contributes is one vector of sums, so that the sum of two vectors is what both parts contribute. The sums
of a batch are divided last, when those of all parts are there: matches may be reconsidered by what the network says. A
loss with two divisors has gradients of the class part and of the box part apart from each other until then. Vectors are
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

__all__ = ["PartSums", "PartWeight", "Vector", "part_seed", "part_weight", "tree_sum"]

Floats = NDArray[np.float32]
Vector = Floats
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

    gradients: dict[str, Any]
    statistics: dict[str, Any]
    losses: tuple[float, float]


class PartSums:
    """Packs what parts contribute into vectors, and makes gradients, running statistics and losses of their total.

    Arrays are those of one library, of float32.

    Args:
        parts: in a batch.
        divisors: of the loss.
        gradients: shapes of the weights that have gradients, by name.
        statistics: shapes of the running statistics, by name.
        joined: makes one array of several of one dimension.
    """

    def __init__(
        self,
        parts: int,
        divisors: int,
        gradients: _Shapes,
        statistics: _Shapes,
        joined: Callable[[Sequence[Any]], Any] = np.concatenate,
    ) -> None:
        self._parts, self._divisors, self._joined = parts, divisors, joined
        self._gradients, self._statistics = dict(gradients), dict(statistics)
        self._length = sum(map(prod, self._gradients.values()))
        self._earlier: Any = None

    def packed(self, gradients: Iterable[Any], statistics: Iterable[Any], losses: Any, added: Any) -> Any:
        """What a part contributes.

        Args:
            gradients: of the sums of the part, backward pass by backward pass.
            statistics: after the part.
            losses: sums of the class part and the box part.
            added: see `PartWeight`.
        """
        return self._joined([each.reshape(-1) for each in (*gradients, *statistics, losses, added)])

    def combined(self, total: Any) -> _Combined:
        """What the total of all parts of a batch teaches; its gradients are kept until `forget`."""
        count, length = self._divisors, self._length
        divisors = [max(each, 1) for each in total[-count:]]
        gradients, rest = total[: count * length], total[count * length : -count - 2]
        pull = gradients[:length] / divisors[0]
        if count > 1:
            pull = pull + gradients[length:] / divisors[1]
        self._earlier = pull if self._earlier is None else self._earlier + pull
        class_loss, box_loss = float(total[-count - 2] / divisors[0]), float(total[-count - 1] / divisors[-1])
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
