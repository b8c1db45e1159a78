"""The images of a data set as batches with the targets of a detector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from zoo_core.boxes.encoding import encode_batch
from zoo_core.boxes.protocols import Dataset, DynamicEncoder, Targets
from zoo_core.data.pipeline.batches import Boxes, Labels, TrainingBatches, Weights
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detector import Detector

__all__ = ["batches_for"]


def batches_for(
    detector: Detector,
    dataset: Dataset,
    share: tuple[int, int] = (0, 1),
    kind: type[TrainingBatches] = TrainingBatches,
) -> TrainingBatches:
    """The images of a data set as batches of some kind with the targets of a detector.

    Args:
        detector: for which they are made.
        dataset: the images.
        share: see `TrainingBatches`.
        kind: of which they are.
    """
    # Not of the detector itself, which no other process can have.
    encoder, anchors_at, config = detector.encoder, detector.anchors_at, detector.config

    def encode(boxes: Boxes, labels: Labels, size: ImageSize, weights: Weights | None) -> Targets:
        return encode_batch(encoder, anchors_at(size), boxes, labels, config.soft_class_count, weights)

    def reconsider(*said: Any, size: ImageSize, **truth: Any) -> Targets:
        look_again: Callable[..., Targets] = cast("DynamicEncoder", encoder).reconsider
        return look_again(*said, anchors=anchors_at(size), **truth)

    return kind(dataset, config, encode, reconsider if hasattr(encoder, "reconsider") else None, share)
