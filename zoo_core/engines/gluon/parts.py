"""Batches in parts on MXNet: each part with its own batch norm, on one device or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.batch_parts import BatchParts
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.gradients import ForwardPass, Gradients
from zoo_core.engines.gluon.graphs import network_graph
from zoo_core.engines.gluon.weights import parameters_of, put
from zoo_core.engines.part_sums import PartSums, Vector, tree_sum
from zoo_core.parts.outputs import Normalizer

__all__ = ["GluonParts"]


class GluonParts(BatchParts):
    """Gradients of batches that are computed in parts, for the parameters of a network.

    Args:
        network: its parameters are on all devices.
        loss: likewise.
        devices: MXNet contexts; each computes a part at a time.
        precision: see `Gradients`.
        parts: in a batch.
        normalizers: of the loss, which has some where there are several parts.
    """

    def __init__(
        self,
        network: Any,
        loss: Any,
        devices: Sequence[Any],
        precision: str,
        parts: int,
        normalizers: Sequence[Normalizer],
    ) -> None:
        self._gradients = {device: Gradients(network, loss, [device], precision) for device in devices}
        parameters, statistics = parameters_of(network), network_graph(network).running_statistics
        self._trained = {name: each for name, each in parameters.items() if each.grad_req != "null"}
        self._statistics = {name: each for name, each in parameters.items() if name in statistics}
        shapes = _shapes(self._trained), _shapes(self._statistics)
        super().__init__(PartSums(parts, len(normalizers), *shapes), normalizers)

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
                numbered = zip(devices, parts[first:], pieces[first:], strict=False)
                passes = [self._forward(device, part, piece, scale) for device, part, piece in numbered]
                gradients: list[list[NDArray[Any]]] = [[] for _ in passes]
                for index in range(len(self._normalizers)):
                    self._set_statistics(before)  # the pass before this has changed them
                    for each in passes:
                        each.backward(index)
                    mx.nd.waitall()  # see above
                    for each, found in zip(passes, gradients, strict=True):
                        found += [weight.grad(each.device).asnumpy() for weight in self._trained.values()]
                for each, found in zip(passes, gradients, strict=True):
                    statistics = (values.data(each.device).asnumpy() for values in self._statistics.values())
                    yield self._sums.packed(found, statistics, each.losses.asnumpy(), each.added)
            self._set_statistics(before)

        return tree_sum(contributions())

    def _forward(self, device: Any, part: int, images: Batch, scale: float) -> ForwardPass:
        return self._gradients[device].forward_part(images, self._seed_of(part), self._normalizers, scale)

    def _set_gradients(self, values: Mapping[str, NDArray[Any]]) -> None:
        for name, each in self._trained.items():
            for gradient in each.list_grad():
                gradient[:] = values[name]


def _shapes(parameters: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(map(int, each.shape)) for name, each in parameters.items()}
