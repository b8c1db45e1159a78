"""GluonCV's own training loop of SSD, as its script has it, on a network of the zoo's with the same first weights.

Source: GluonCV 0.10.5, scripts/detection/ssd/train_ssd.py: DataLoader with worker processes,
SSDDefaultTrainTransform, hybridize, SSDMultiBoxLoss, SGD, and metrics that are updated after every step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import zoo_core as zoo
from zoo_core.config.detector import DetectorConfig
from zoo_core.data.readers.records import Fault, Record, usable_box
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.registry.registry import make

__all__ = ["GluonCVLoop", "Photographs"]


class Photographs:
    """The images of a split as GluonCV's VOCDetection gives them; a broken box is left out.

    Args:
        config: names the data set and its split to train on.
    """

    def __init__(self, config: DetectorConfig) -> None:
        reader: Any = make(config.data)
        self._records: list[Record] = reader.records(*config.data.train)  # type: ignore[union-attr]
        self._labels = [_label(record, config.classes) for record in self._records]

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> tuple[Any, NDArray[np.float64]]:
        return mx.image.imread(str(self._records[index].image), 1), self._labels[index]


def _label(record: Record, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """(M, 6): corner/pixel, class, difficult."""
    boxes = [(each, usable_box(record, each, record.size)) for each in record.objects]
    rows = [[*box, classes.index(each.name), each.difficult] for each, box in boxes if not isinstance(box, Fault)]
    return np.array(rows, dtype=np.float64).reshape(-1, 6)


class GluonCVLoop:
    """Trains the network of a detector step by step.

    Args:
        config: of the detector; batch size, learning rate, momentum, weight decay, workers and seed are used.
    """

    def __init__(self, config: DetectorConfig) -> None:
        import_quietly("gluoncv")
        from gluoncv.data.batchify import Stack, Tuple
        from gluoncv.data.transforms.presets.ssd import SSDDefaultTrainTransform
        from gluoncv.loss import SSDMultiBoxLoss

        training = config.training
        np.random.seed(training.seed)  # noqa: NPY002, TID251 -- GluonCV's transforms draw from it
        self.detector = zoo.build(config)
        self._network, self._batch_size = self.detector.engine.network, training.batch_size
        anchors = mx.nd.array(self.detector.anchors.to(zoo.BoxFormat.CENTER_PIXEL).boxes[None])
        height, width = config.input_size
        images = mx.gluon.data.SimpleDataset(Photographs(config))
        self._loader = mx.gluon.data.DataLoader(
            images.transform(SSDDefaultTrainTransform(width, height, anchors)),
            self._batch_size,
            shuffle=True,
            batchify_fn=Tuple(Stack(), Stack(), Stack()),
            last_batch="rollover",
            num_workers=training.workers,
        )
        self._loss = SSDMultiBoxLoss()
        self._trainer = mx.gluon.Trainer(
            self._network.collect_params(),
            "sgd",
            {
                "learning_rate": training.learning_rate,
                "wd": training.weight_decay,
                "momentum": training.optimizer.momentum,
            },
        )
        self._network.hybridize(static_alloc=True, static_shape=True)
        self._metrics = mx.metric.Loss("CrossEntropy"), mx.metric.Loss("SmoothL1")

    def epoch(self) -> Iterator[int]:
        """Train for an epoch; gives the number of images after each step."""
        for metric in self._metrics:
            metric.reset()
        for batch in self._loader:
            images, classes, boxes = (
                mx.gluon.utils.split_and_load(each, ctx_list=[mx.cpu()], batch_axis=0) for each in batch
            )
            with mx.autograd.record():
                scores, offsets = self._network(images[0])
                sum_loss, class_loss, box_loss = self._loss([scores], [offsets], classes, boxes)
                mx.autograd.backward(sum_loss)
            self._trainer.step(1)
            for metric, losses in zip(self._metrics, (class_loss, box_loss), strict=True):
                metric.update(0, [each * self._batch_size for each in losses])
            for metric in self._metrics:
                metric.get()
            yield len(images[0])
        mx.nd.waitall()
