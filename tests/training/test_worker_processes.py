"""Processes prepare what the detectors of plugins learn from, and are light."""

from __future__ import annotations

import os
import sys

import numpy as np

import zoo_core as zoo
from zoo_core.prediction.detector import Detector
from zoo_core.training.batches import batches_for

HERE = os.getpid()


class Watched:
    """A data set that looks at the process in which it is read."""

    def __init__(self, dataset):
        self.dataset = dataset
        self.home = HERE

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        heavy = {"mxnet", "torch", "gluoncv", "grain", "matplotlib", "supervision"} & set(sys.modules)
        if os.getpid() != self.home and heavy:
            raise RuntimeError(f"processes that prepare batches have imported {heavy}")
        return self.dataset[index]


# So that it can be read where this file cannot be imported.
Watched.__module__ = "__main__"


def batches_of(detector, workers):
    config = zoo.load_config(detector.config, {"training.workers": workers})
    return batches_for(Detector(config, detector.engine), Watched(zoo.dataset(config, "train")))


def detector():
    config = zoo.load_config(
        "yolo3_mobilenet0.25_custom",
        {
            "classes": ["circle", "square", "triangle"],
            "data": {"name": "shapes", "train_images": 12, "image_size": 64},
            "input_size": 64,
            "training.batch_size": 4,
            "training.epochs": 2,
            "training.multi_scale": {"smallest": 0.5, "largest": 2, "multiple_of": 32, "every": 1},
            "training.mixup": {"until": 0.5},
        },
    )
    return zoo.build(config)


def flat(batch):
    targets = batch.targets
    rng, count = np.random.default_rng(batch.number), targets.classes.shape[1]
    numbers = rng.normal(size=(4, count, 4)).astype(np.float32)
    again = batch.reconsider(rng.normal(size=(4, count, 4)).astype(np.float32), numbers)
    arrays = [batch.images, *targets.for_loss(), *again.for_loss(), *batch.reconsider.of(slice(1, 3)).boxes]
    return batch.number, batch.image_ids, [(each.dtype, each.shape, each.tobytes()) for each in arrays]


def test_processes_prepare_what_is_prepared_without_them(caplog):
    built = detector()
    alone = batches_of(built, 0)
    expected = [flat(alone[number]) for number in range(len(alone))]
    assert len({each[2][0][1] for each in expected}) > 1, "sizes differ"
    assert [flat(batch) for batch in batches_of(built, 2).starting_at(0)] == expected
    assert not caplog.messages, "no thread stood in"
