"""K-means of the shapes of boxes, with 1 - IoU as the distance.

Source: Redmon and Farhadi, YOLO9000: Better, Faster, Stronger, 2017, section 2, "Dimension Clusters".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["cluster_shapes", "shape_iou"]

_ROUNDS = 100


def shape_iou(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU (M, N) of shapes (M, 2) and (N, 2), width and height, laid centre on centre."""
    shared = np.minimum(first[:, None], second).prod(axis=2)
    union = first.prod(axis=1)[:, None] + second.prod(axis=1) - shared
    return np.asarray(shared / union)


def cluster_shapes(shapes: NDArray[np.float64], count: int, seed: int = 0) -> NDArray[np.float64]:
    """The centres of `count` clusters, the smallest area first.

    The first centres are drawn as by k-means++, then each is moved to the geometric mean of its
    shapes until none changes its cluster. The centres with the highest mean IoU on the way are taken.

    Args:
        shapes: (M, 2) width and height, M at least 1.
        count: number of clusters; some centres are equal when there are fewer shapes.
        seed: seed of the first centres.

    Returns:
        (count, 2).
    """
    centres = _first_centres(shapes, count, np.random.default_rng(seed))
    best, highest, before = centres, -1.0, None
    for _ in range(_ROUNDS):
        overlaps = shape_iou(shapes, centres)
        nearest = overlaps.argmax(axis=1)
        if (mean := overlaps.max(axis=1).mean()) > highest:
            best, highest = centres, mean
        if before is not None and np.array_equal(nearest, before):
            break
        before = nearest
        centres = np.stack(
            [
                np.exp(np.log(shapes[nearest == index]).mean(axis=0)) if (nearest == index).any() else centre
                for index, centre in enumerate(centres)
            ]
        )
    return best[np.argsort(best.prod(axis=1), kind="stable")]


def _first_centres(shapes: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shapes drawn one by one, those that are far from all before being likelier."""
    chosen = [int(rng.integers(len(shapes)))]
    distance = np.ones(len(shapes))
    while len(chosen) < count:
        distance = np.minimum(distance, 1 - shape_iou(shapes, shapes[chosen[-1:]])[:, 0]).clip(0)
        weights = distance**2
        likely = weights / weights.sum() if weights.any() else None
        chosen.append(int(rng.choice(len(shapes), p=likely)))
    return shapes[chosen]
