"""The whole way of a training image to the network's input and its targets, at 512x512 on one core.

Ours against mx.image.imread and GluonCV's SSDDefaultTrainTransform, on photographs of blood cells. Each follows its
own recipe: they agree in the steps, their order and their probabilities, and differ as docs/augmentation.md says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count, cycle, islice

import cv2
import numpy as np

import zoo_core as zoo
from benchmarks.blood_cells import CLASSES, folder
from benchmarks.timing import compare
from zoo_core.config.detector import DetectorConfig
from zoo_core.data.pipeline.batches import TrainingBatches
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly

__all__ = ["main"]

_IMAGES = 20
_ROUNDS = 15


def main() -> None:
    """Measure in a process that has one core and one thread from its start."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "benchmarks.transform"], env=environment, check=True)


def _measure() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    for name in ("ssd_512_mobilenet1.0_voc", "ssd_300_vgg16_atrous_voc"):
        config = zoo.load_config(
            name,
            {
                "classes": CLASSES,
                "input_size": 512,
                "data": {"name": "voc", "root": str(folder())},
                "training.batch_size": 1,
                "training.epochs": 1000,
            },
        )
        compare(
            f"{_IMAGES} photographs to 512x512 and {zoo.plan(config).anchor_count} anchors",
            {"zoo: TrainingBatches": _ours(config), "GluonCV: SSDDefaultTrainTransform": _gluoncv(config)},
            _ROUNDS,
        )


def _ours(config: DetectorConfig) -> Callable[[], None]:
    """Batches of one image, as training asks for them."""
    encoder, anchors = zoo.make(config.targets), _anchors(config)
    batches = TrainingBatches(
        zoo.dataset(config, "train"), config, lambda boxes, labels, *_: encoder.encode_batch(anchors, boxes, labels)
    )
    numbers = count()

    def way() -> None:
        for number in islice(numbers, _IMAGES):
            batches[number]

    return way


def _gluoncv(config: DetectorConfig) -> Callable[[], None]:
    presets = import_quietly("gluoncv.data.transforms.presets.ssd")
    anchors = mx.nd.array(_anchors(config).to(zoo.BoxFormat.CENTER_PIXEL).boxes[None])
    transform = presets.SSDDefaultTrainTransform(512, 512, anchors)
    dataset = zoo.dataset(config, "train")
    samples = [dataset[index] for index in range(len(dataset))]
    truth = cycle(
        (
            str(folder() / "JPEGImages" / f"{sample.image_id}.jpg"),
            np.concatenate([sample.boxes, sample.labels[:, None].astype(np.float32)], axis=1),
        )
        for sample in samples
    )

    def way() -> None:
        for path, label in islice(truth, _IMAGES):
            for array in transform(mx.image.imread(path), label):
                array.wait_to_read()

    return way


def _anchors(config: DetectorConfig) -> zoo.Anchors:
    return zoo.make(config.anchors)(zoo.plan(config).feature_maps, config.input_size)


if __name__ == "__main__":
    _measure()
