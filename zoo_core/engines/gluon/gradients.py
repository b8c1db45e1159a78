"""One pass through a network in training: forward on every device, loss, gradients.

The graph of the network is taken out of its block and compiled for training: in the precision
that is wanted, for one shape. Its parameters are those of the block, which meanwhile predicts
in float32 and any shape.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from zoo_core.boxes.protocols import Targets
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.engines.gluon.fusing import fused_where_it_runs
from zoo_core.engines.part_sums import Share, share_of
from zoo_core.engines.precision import empty_batch
from zoo_core.parts.outputs import Normalizer

__all__ = ["Gradients"]


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
        return self._computed(batch, seed, None, scale)[0]

    def add_part(self, part: Batch, seed: int, normalizer: Normalizer | None, scale: float = 1.0) -> tuple[Any, Share]:
        """The same for a part of a batch, all times the divisor of its loss, which has this normaliser.

        Returns:
            Both parts of the loss, and by what this part of the batch counts.
        """
        sums, share = self._computed(part, seed, normalizer, scale)
        return sums * share.divisor, share

    def _computed(self, batch: Batch, seed: int, normalizer: Normalizer | None, scale: float) -> tuple[Any, Share]:
        home = self._devices[0]
        images = mx.gluon.utils.split_and_load(batch.images, self._devices, even_split=False)
        shape = images[0].shape
        if shape not in self._forward:
            self._forward[shape] = _compiled(self._network, self._precision, images[0])
        for device in self._devices:  # now, for compiling draws, too
            mx.random.seed(seed, ctx=device)
        with mx.autograd.record():
            outputs = zip(*(self._forward[shape](part) for part in images), strict=True)
            said = [_gathered(parts, home) for parts in outputs]
            targets = _targets(batch, said)
            true = [mx.nd.array(each, ctx=home, dtype="float32") for each in targets.for_loss()]
            parts = self._loss(*said, *true)
            sums = mx.nd.concat(*(part.sum() for part in parts), dim=0)
            share = share_of(targets, normalizer)
            total = sums.sum() * (scale * share.divisor)
        total.backward()
        return sums, share

    def seconds(self, shape: tuple[int, ...], anchors: int, soft_classes: int | None = None) -> float:
        """Seconds of a step on an empty batch, the first step excluded.

        Args:
            shape: shape of its images.
            anchors: anchors of each.
            soft_classes: C, where the loss wants soft targets.
        """
        batch = empty_batch(shape, anchors, soft_classes)
        for _ in range(2):
            began = time.perf_counter()
            self.add(batch, seed=0)
            mx.nd.waitall()
        return time.perf_counter() - began


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
