"""What a detector that has trained enough must find: the pictures on which it was trained."""

from __future__ import annotations

import numpy as np

import zoo_core as zoo
from zoo_core.plugin_api import pairwise_iou
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for


def learns_by_heart(detector: zoo.Detector) -> None:
    """Train a detector as its configuration says, and find every object of its training images first."""
    images = zoo.dataset(detector.config, "train")
    for _ in TrainingLoop(detector.config, detector.engine, batches_for(detector, images)).steps():
        pass
    for sample in (images[index] for index in range(len(images))):
        found = detector.predict(sample.image)
        overlaps = pairwise_iou(sample.boxes, found.boxes[: len(sample.boxes)])
        assert (overlaps.max(axis=1) > 0.7).all()
        np.testing.assert_array_equal(found.labels[overlaps.argmax(axis=1)], sample.labels)
