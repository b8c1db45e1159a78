"""The images in which a detector does worst."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo_core.evaluation.outcomes import Outcome
from zoo_core.evaluation.results import Results

__all__ = ["worst_images"]


def worst_images(results: Results, outcomes: Sequence[Outcome], most: int) -> list[tuple[int, float]]:
    """The images with the heaviest errors, and how heavy they are, the worst first.

    An object that no detection of its class has weighs 1, a wrong detection as much as its score, for the
    higher its score, the worse. Images without errors are left out, and of equal ones the first goes first.

    Args:
        results: detections and ground truth.
        outcomes: outcomes of each image.
        most: how many images at most.

    Returns:
        Index in the data set and weight of each.
    """
    weights = np.array(
        [
            outcome.missed.sum() + image.scores[outcome.wrong].sum(dtype=np.float64)
            for image, outcome in zip(results.images, outcomes, strict=True)
        ]
    )
    order = np.argsort(-weights, kind="stable")[:most]
    return [(int(index), float(weights[index])) for index in order if weights[index] > 0]
