"""Batches for the checks of losses, drawn from seeds, and what is learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.engines import gluon
from zoo_core.parts.components import LossSettings, Normalizer, Scoring
from zoo_core.testing.networks import array, numbers

__all__ = [
    "ANCHORS",
    "IMAGES",
    "Batch",
    "batch_of",
    "divisors",
    "learned",
    "sure_scores",
    "with_classes",
    "with_two_classes_on_an_anchor",
]

IMAGES, ANCHORS, _CLASSES = 4, 24, 3
_SURE = 20.0
"""A class score that leaves no doubt."""


class Batch(NamedTuple):
    """The arguments of a loss, in its order; see `zoo_core.boxes.protocols.Loss`."""

    scores: NDArray[Any]
    offsets: NDArray[Any]
    classes: NDArray[Any]
    offset_targets: NDArray[Any]
    mask: NDArray[Any]
    soft: NDArray[Any]

    def arrays(self, settings: LossSettings) -> list[Any]:
        """What the loss is given of it."""
        return [*map(array, self if settings.soft else self[:-1])]


def batch_of(settings: LossSettings, seed: int) -> Batch:
    """Random predictions; an image of the four has no object, and some anchors are ignored."""
    rng = np.random.default_rng(seed)
    shape = IMAGES, ANCHORS
    kind = rng.random(shape)
    classes = np.where(kind < 0.3, rng.integers(1, _CLASSES + 1, shape), np.where(kind < 0.5, -1, 0))
    classes[:, :3] = 1, 0, -1  # at least one of each
    classes[1] = np.minimum(classes[1], 0)
    batch = Batch(
        scores=rng.normal(size=(*shape, settings.scoring.scores(_CLASSES))),
        offsets=rng.normal(size=(*shape, 4)),
        classes=classes,
        offset_targets=rng.normal(size=(*shape, 4)),
        mask=np.ones((*shape, 4)),
        soft=rng.uniform(0, 0.9, (*shape, _CLASSES)),
    )
    return with_classes(batch, classes)


def with_classes(batch: Batch, classes: NDArray[Any]) -> Batch:
    """The batch with these classes, and all that belongs to them."""
    mask = np.repeat((classes > 0)[..., None], 4, axis=-1).astype(np.float32)
    soft = np.where(_named(classes), 1, batch.soft)
    return batch._replace(classes=classes, offset_targets=batch.offset_targets * mask, mask=mask, soft=soft)


def with_two_classes_on_an_anchor(batch: Batch) -> Batch:
    """The batch with soft targets of 1 for both classes of objects that want one anchor; one of them is matched."""
    soft = batch.soft.copy()
    soft[0, 0, :2] = 1  # that anchor has class 0
    return batch._replace(soft=soft)


def divisors(batch: Batch, normalizers: Sequence[Normalizer]) -> NDArray[np.float64]:
    """The divisors (2,) of the class part and the box part."""
    counts = {
        Normalizer.IMAGES: len(batch.classes),
        Normalizer.MATCHES: np.count_nonzero(batch.classes > 0),
        Normalizer.PEAKS: np.count_nonzero(batch.soft >= 1),
    }
    return np.array([max(counts[each], 1) for each in (normalizers[0], normalizers[-1])])


def _named(classes: NDArray[Any]) -> NDArray[np.bool_]:
    """Which class (..., C) is that of an anchor."""
    return np.asarray(classes[..., None] == np.arange(1, _CLASSES + 1))


def sure_scores(scoring: Scoring, classes: NDArray[Any]) -> NDArray[Any]:
    """Scores that leave no doubt of the classes."""
    if scoring is Scoring.SOFTMAX:
        return np.asarray(np.eye(_CLASSES + 1)[np.maximum(classes, 0)] * _SURE)
    named = _named(classes)
    said = named if scoring is Scoring.SIGMOID else np.concatenate([classes[..., None] > 0, named], axis=-1)
    return np.where(said, _SURE, -_SURE)


def learned(
    loss: Any,
    settings: LossSettings,
    batch: Batch,
    weights: ArrayLike = (1, 1),
    of_anchors: NDArray[Any] | None = None,
) -> list[NDArray[np.float32]]:
    """The class part, the box part, and the gradients of the class scores and of the offsets.

    Args:
        loss: to learn from.
        settings: its own.
        batch: its arguments.
        weights: of both parts.
        of_anchors: (B, N) weights as a last argument; None for none.
    """
    scores, offsets, *targets = batch.arrays(settings)
    if of_anchors is not None:
        targets.append(array(of_anchors))
    for predicted in (scores, offsets):
        predicted.attach_grad()
    with gluon.mx.autograd.record():
        parts = loss(scores, offsets, *targets)
        class_part, box_part = (float(weight) * part for weight, part in zip(np.asarray(weights), parts, strict=True))
        total = class_part.sum() + box_part.sum()
    total.backward()
    return numbers([class_part, box_part, scores.grad, offsets.grad])
