"""One pass through a network in training: forward on every device, loss, gradients.

The graph of the network is taken out of its block and compiled for training: in the precision
that is wanted, for one shape. Its parameters are those of the block, which meanwhile predicts
in float32 and any shape.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.protocols import Targets
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.engines.gluon.fusing import fused_where_it_runs
from zoo_core.engines.part_sums import part_weight
from zoo_core.engines.precision import empty_batch
from zoo_core.parts.outputs import Normalizer

__all__ = ["ForwardPass", "Gradients"]


@dataclass(frozen=True)
class ForwardPass:
    """What a part of a batch has come to, from which gradients can be computed.

    Attributes:
        device: an MXNet context, on which all is.
        losses: sums of the class part and the box part, (2,).
        added: see `PartWeight`.
        totals: what each backward pass makes smaller.
    """

    device: Any
    losses: Any
    added: NDArray[np.float32]
    totals: Sequence[Any]

    def backward(self, index: int) -> None:
        """Compute the gradients of one of the totals, which are taken in their order."""
        self.totals[index].backward(retain_graph=index + 1 < len(self.totals))


class Gradients:
    """Gradients of batches, for the parameters of a network.

    The devices share the images of a batch, and the first has the loss of all, so that a loss which is
    normalised by the whole batch is the same on any number of devices. Batch norm sees the images of its device.

    Args:
        network: its parameters are on all devices.
        loss: as in `zoo_core.boxes.protocols.Loss`.
        devices: MXNet contexts.
        precision: ``float32``, ``bfloat16`` or ``float16``.
    """

    def __init__(self, network: Any, loss: Any, devices: Sequence[Any], precision: str = "float32") -> None:
        self._devices = list(devices)
        self._loss = loss
        self._network = network
        self._precision = precision
        self._forward: dict[tuple[int, ...], Any] = {}

    def add(self, batch: Batch, seed: int, scale: float = 1.0) -> Any:
        """Compute the gradients of a batch; add them where ``grad_req`` is ``add``.

        Args:
            batch: images and targets.
            seed: decides what the network draws at random.
            scale: by which the gradients are multiplied.

        Returns:
            The class part and the box part of the loss, (2,) on the first device; reading it waits for the forward
            pass alone.
        """
        with mx.autograd.record():
            losses = self._losses(batch, seed)[0]
            total = losses.sum() * scale
        total.backward()
        return losses

    def forward_part(
        self, part: Batch, seed: int, normalizers: Sequence[Normalizer], scale: float = 1.0
    ) -> ForwardPass:
        """The forward pass of a part of a batch, for a loss that is divided by these."""
        home = self._devices[0]
        with mx.autograd.record():
            losses, targets = self._losses(part, seed)
            factors, added = part_weight(targets, normalizers)
            totals = [(losses * mx.nd.array(each * scale, ctx=home)).sum() for each in factors]
        return ForwardPass(home, losses * mx.nd.array(factors.sum(axis=0), ctx=home), added, totals)

    def _losses(self, batch: Batch, seed: int) -> tuple[Any, Targets]:
        """The class part and the box part of the loss, (2,), and the targets to which outputs were held."""
        home = self._devices[0]
        images = mx.gluon.utils.split_and_load(batch.images, self._devices, even_split=False)
        shape = images[0].shape
        if shape not in self._forward:
            self._forward[shape] = _compiled(self._network, self._precision, images[0])
        for device in self._devices:  # now, for compiling draws, too
            mx.random.seed(seed, ctx=device)
        outputs = zip(*(self._forward[shape](part) for part in images), strict=True)
        said = [_gathered(parts, home) for parts in outputs]
        targets = _targets(batch, said)
        true = [mx.nd.array(each, ctx=home, dtype="float32") for each in targets.for_loss()]
        parts = self._loss(*said, *true)
        return mx.nd.concat(*(part.sum() for part in parts), dim=0), targets

    def seconds(self, shape: tuple[int, ...], anchors: int, soft_classes: int | None = None) -> float:
        """Seconds of a step on an empty batch, the first step excluded; nothing is learned from it.

        Args:
            shape: shape of its images.
            anchors: anchors of each.
            soft_classes: C, where the loss wants soft targets.
        """
        batch = empty_batch(shape, anchors, soft_classes)
        with _as_before(self._network):
            for _ in range(2):
                began = time.perf_counter()
                self.add(batch, seed=0)
                mx.nd.waitall()
            return time.perf_counter() - began


@contextmanager
def _as_before(network: Any) -> Iterator[None]:
    """A pass changes running statistics, and adds to gradients that are added up: afterwards it has not."""
    parameters = network.collect_params().values()
    kept = {each: [array.copy() for array in each.list_data()] for each in parameters if each.grad_req == "null"}
    mx.nd.waitall()
    try:
        yield
    finally:
        mx.nd.waitall()
        for parameter, arrays in kept.items():
            for array, before in zip(parameter.list_data(), arrays, strict=True):
                array[:] = before
        for parameter in parameters:
            if parameter.grad_req == "add":
                parameter.zero_grad()


def _targets(batch: Batch, said: Sequence[Any]) -> Targets:
    """Those of a batch, reconsidered where they are to be."""
    if batch.reconsider is None:
        return batch.targets
    scores, numbers = (each.asnumpy() for each in said)
    return batch.reconsider(scores, numbers)


def _gathered(parts: Sequence[Any], home: Any) -> Any:
    """Outputs of all devices as one array on the first, float32."""
    here = [part.as_in_context(home).astype("float32", copy=False) for part in parts]
    return here[0] if len(here) == 1 else mx.nd.concat(*here, dim=0)


def _compiled(network: Any, precision: str, images: Any) -> Any:
    """The network for images of that shape, on devices of that kind."""
    data = mx.sym.var("data", dtype="float32")
    outputs = mx.sym.Group(list(network(data)))
    if precision != "float32":
        # The converter puts casts into the graph; MXNet's `amp.init` would change its operators for the whole process.
        amp = import_quietly("mxnet.contrib.amp")
        outputs = amp.convert_symbol(outputs, precision, data_names=["data"])
    elif images.context.device_type == "cpu":
        outputs = fused_where_it_runs(outputs, images.shape)
    graph = mx.gluon.SymbolBlock(outputs, [data], params=network.collect_params())
    graph.hybridize(static_alloc=True, static_shape=True)
    return graph
