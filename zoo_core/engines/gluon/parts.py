"""Batches in parts on MXNet: each part with its own batch norm, on one device or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.gradients import Gradients
from zoo_core.engines.gluon.graphs import network_graph
from zoo_core.engines.gluon.weights import parameters_of, put
from zoo_core.engines.part_sums import PartSums, Vector, part_seed, tree_sum
from zoo_core.parts.outputs import Normalizer

__all__ = ["GluonParts"]


class GluonParts:
    """Gradients of batches that are computed in parts, for the parameters of a network.

    Args:
        network: its parameters are on all devices.
        loss: likewise.
        devices: MXNet contexts; each computes a part at a time.
        precision: see `Gradients`.
        parts: in a batch.
        normalizer: of the loss, which has one where there are several parts.
    """

    def __init__(
        self, network: Any, loss: Any, devices: Sequence[Any], precision: str, parts: int, normalizer: Normalizer | None
    ) -> None:
        self._gradients = {device: Gradients(network, loss, [device], precision) for device in devices}
        self._normalizer = normalizer
        parameters, statistics = parameters_of(network), network_graph(network).running_statistics
        self._trained = {name: each for name, each in parameters.items() if each.grad_req != "null"}
        self._statistics = {name: each for name, each in parameters.items() if name in statistics}
        self._sums = PartSums(parts, _shapes(self._trained), _shapes(self._statistics))
        self._seed = self._batches = 0
        self._before: dict[str, NDArray[Any]] = {}

    def begin(self, seed: int) -> None:
        """Begin a step."""
        self._seed, self._batches = seed, 0
        self._before = self._statistics_now()
        self._sums.forget()

    def abandon(self) -> None:
        """See `Learner.abandon`."""
        self._set_statistics(self._before)
        self._sums.forget()

    def _statistics_now(self) -> dict[str, NDArray[Any]]:
        # Batch norm's statistics are written by the backward pass without MXNet's engine knowing of it.
        mx.nd.waitall()
        return {name: each.list_data()[0].asnumpy() for name, each in self._statistics.items()}

    def _set_statistics(self, values: Mapping[str, NDArray[Any]]) -> None:
        for name, each in values.items():
            put(self._statistics[name], each)

    def contribution(self, images: Batch, parts: range, scale: float) -> Vector:
        """See `Learner.contribution`; gradients are multiplied by a scale."""
        before = self._statistics_now()
        devices, pieces = list(self._gradients), images.split(len(parts))

        def contributions() -> Iterator[Vector]:
            for first in range(0, len(parts), len(devices)):
                numbered = list(zip(devices, parts[first:], pieces[first:], strict=False))
                started = [(device, self._start(device, part, piece, scale)) for device, part, piece in numbered]
                mx.nd.waitall()  # see above
                for device, (losses, added) in started:
                    gradients = (each.grad(device).asnumpy() for each in self._trained.values())
                    statistics = (each.data(device).asnumpy() for each in self._statistics.values())
                    yield self._sums.packed(gradients, statistics, losses.asnumpy(), np.array([added], np.float32))
                self._set_statistics(before)

        return tree_sum(contributions())

    def _start(self, device: Any, part: int, images: Batch, scale: float) -> tuple[Any, float]:
        seed = part_seed(self._seed, self._batches, part)
        losses, share = self._gradients[device].add_part(images, seed, self._normalizer, scale)
        return losses, share.added

    def take(self, total: Vector) -> tuple[float, float]:
        """See `Learner.take`."""
        combined = self._sums.combined(total)
        for name, each in self._trained.items():
            for gradient in each.list_grad():
                gradient[:] = combined.gradients[name]
        self._set_statistics(combined.statistics)
        self._batches += 1
        return combined.losses


def _shapes(parameters: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(map(int, each.shape)) for name, each in parameters.items()}
