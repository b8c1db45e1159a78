"""Where a step stands whose batches are computed in parts, the same in every engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from zoo_core.engines.part_sums import PartSums, part_seed
from zoo_core.parts.outputs import Normalizer

__all__ = ["BatchParts"]


class BatchParts(ABC):
    """Gradients of batches that are computed in parts, for the weights of a network.

    An engine computes what parts contribute; arrays are those of its library.

    Args:
        sums: of the parts of a batch.
        normalizers: of the loss, which has some where there are several parts.
    """

    def __init__(self, sums: PartSums, normalizers: Sequence[Normalizer]) -> None:
        self._sums, self._normalizers = sums, normalizers
        self._seed = self._batches = 0
        self._before: Mapping[str, Any] = {}

    def begin(self, seed: int) -> None:
        """Begin a step."""
        self._seed, self._batches = seed, 0
        self._before = self._statistics_now()
        self._sums.forget()

    def abandon(self) -> None:
        """See `PartLearner.abandon`."""
        self._set_statistics(self._before)
        self._sums.forget()

    def take(self, total: Any) -> tuple[float, float]:
        """See `PartLearner.take`."""
        combined = self._sums.combined(total)
        self._set_gradients(combined.gradients)
        self._set_statistics(combined.statistics)
        self._batches += 1
        return combined.losses

    def _seed_of(self, part: int) -> int:
        return part_seed(self._seed, self._batches, part)

    @abstractmethod
    def _statistics_now(self) -> Mapping[str, Any]:
        """Copies of the running statistics by name."""

    @abstractmethod
    def _set_statistics(self, values: Mapping[str, Any]) -> None: ...

    @abstractmethod
    def _set_gradients(self, values: Mapping[str, Any]) -> None: ...
