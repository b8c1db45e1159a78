"""The training loop of the notebook for TinySSD: imperative, with MXNet's MultiBoxTarget in every step.

Source: Zhang et al., Dive into Deep Learning, the section on SSD, in its MXNet form; images come through
GluonCV's transform and DataLoader with two workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import zoo_core as zoo
from benchmarks.gluoncv_training import Photographs
from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly

__all__ = ["imperative_steps"]


def imperative_steps(config: DetectorConfig) -> Iterator[int]:
    """Train for ever; gives the number of images after each step."""
    import_quietly("gluoncv")
    from gluoncv.data.batchify import Pad, Stack, Tuple
    from gluoncv.data.transforms.presets.ssd import SSDDefaultTrainTransform

    detector = zoo.build(config)
    network = detector.engine.network
    network.hybridize(active=False)
    height, width = config.input_size
    loader = mx.gluon.data.DataLoader(
        mx.gluon.data.SimpleDataset(Photographs(config)).transform(SSDDefaultTrainTransform(width, height)),
        config.training.batch_size,
        shuffle=True,
        batchify_fn=Tuple(Stack(), Pad(pad_val=-1)),
        last_batch="rollover",
        num_workers=2,
    )
    trainer = mx.gluon.Trainer(network.collect_params(), "sgd", {"learning_rate": 0.2, "wd": 5e-4})
    anchors = mx.nd.array(detector.anchors.to(zoo.BoxFormat.CORNER_UNIT).boxes[None])
    class_loss, box_loss = mx.gluon.loss.SoftmaxCrossEntropyLoss(), mx.gluon.loss.L1Loss()
    while True:
        for images, labels in loader:
            truth = _with_class_first(labels, config.input_size.width, config.input_size.height)
            with mx.autograd.record():
                scores, offsets = network(images)
                targets, mask, classes = mx.nd.contrib.MultiBoxTarget(anchors, truth, scores.transpose((0, 2, 1)))
                flat = offsets.reshape((0, -1))
                loss = class_loss(scores, classes) + box_loss(flat * mask, targets * mask)
            loss.backward()
            trainer.step(len(images))
            loss.mean().asscalar()
            yield len(images)


def _with_class_first(labels: Any, width: int, height: int) -> Any:
    """(B, M, 5): class and corner/unit box, -1 where there is no object."""
    boxes = labels[:, :, :4] / mx.nd.array([width, height, width, height])
    classes = labels[:, :, 4:5]
    return mx.nd.concat(
        classes, mx.nd.where(mx.nd.broadcast_like(classes, boxes) >= 0, boxes, -mx.nd.ones_like(boxes)), dim=2
    )
