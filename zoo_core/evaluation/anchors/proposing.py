"""Sizes and ratios with which the anchors of a detector meet the objects of a data set better than they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.boxes.placing import place
from zoo_core.common.errors import PluginError
from zoo_core.config.plan import Plan
from zoo_core.evaluation.anchors.clustering import cluster_shapes
from zoo_core.evaluation.anchors.coverage import Coverage
from zoo_core.evaluation.anchors.objects import ImageObjects
from zoo_core.parts.components import AnchorSettings, Shape
from zoo_core.parts.geometry import BoxFormat, FeatureMap, ImageSize
from zoo_core.parts.questions import ask

__all__ = ["better_anchors"]

_SIDES_PER_CELL = (1, 1.5, 2, 3, 4, 6)
"""A map is tried for objects from so many times as wide as its cells on."""
_FACTORS = (0.8, 0.9, 1.1, 1.25)
"""By which the shapes of one map are made smaller and larger, to see whether that is better."""
_MOST_OBJECTS = 1000
"""On so many objects guesses are compared, before the best are measured on all."""
_MOST_MEASURED = 3

_Shapes = Sequence[Sequence[Shape]]


def better_anchors(
    anchors: AnchorSettings,
    plan: Plan,
    objects: Sequence[ImageObjects],
    present: Coverage,
    measure: Callable[[AnchorSettings], Coverage],
    seed: int = 0,
) -> tuple[AnchorSettings, Coverage] | None:
    """Settings of the same generator that reach more objects, with what was measured of them.

    Better is: no fewer objects are reached, the mean over the objects of the highest IoU is no lower, and one of
    the two is higher. All is measured as for the present anchors.

    Args:
        anchors: the present settings.
        plan: plan of the detector.
        objects: objects of all images.
        present: what was measured of the present settings.
        measure: does it for others.
        seed: seed of the clusters and of the objects on which guesses are compared.

    Returns:
        None when nothing better was found, or the generator cannot be fitted.
    """
    search = _Search(anchors, plan, np.concatenate([image.boxes for image in objects]), present.threshold, seed)
    for guess in search.best(_MOST_MEASURED):
        found = measure(guess)
        gains = found.recall - present.recall, found.mean_iou - present.mean_iou
        if min(gains) >= 0 and max(gains) > 0:
            return guess, found
    return None


@dataclass(frozen=True)
class _Guess:
    """Settings that were fitted to shapes of objects.

    Attributes:
        settings: settings of the generator.
        shapes: for each map.
        score: whether they are no worse than the present settings, the share of objects that overlap some anchor by
            the threshold, and the mean of their highest IoU: all on some of the objects.
    """

    settings: AnchorSettings
    shapes: _Shapes
    score: tuple[bool, float, float]


class _Search:
    """Clusters the objects of each map, shared out to the maps in several ways, then improves the best guess."""

    def __init__(
        self, anchors: AnchorSettings, plan: Plan, boxes: NDArray[np.float32], threshold: float, seed: int
    ) -> None:
        self._anchors, self._plan, self._threshold, self._seed = anchors, plan, threshold, seed
        self._shapes = (boxes[:, 2:] - boxes[:, :2]).astype(np.float64) * plan.input_size[::-1]
        self._some = boxes[np.random.default_rng(seed).permutation(len(boxes))[:_MOST_OBJECTS]]
        self._present = self._measured(anchors)

    def best(self, count: int) -> list[AnchorSettings]:
        """So many guesses, the best first."""
        guesses = [guess for per_cell in _SIDES_PER_CELL for guess in self._guesses(self._clustered(per_cell))]
        if guesses:
            guesses.append(self._improved(max(guesses, key=_score)))
        return [guess.settings for guess in sorted(guesses, key=_score, reverse=True)[:count]]

    def _clustered(self, per_cell: float) -> _Shapes:
        """For each map the clusters of its objects: as many as it has anchors in a cell, or none without objects."""
        sides = np.sqrt(self._shapes.prod(axis=1))
        least = np.array([per_cell * _cell(map_, self._plan.input_size) for map_ in self._plan.feature_maps])
        # The coarsest map whose cells are small enough; the finest where there is none. Any map may come first.
        order = np.argsort(least, kind="stable")
        owners = order[np.clip(np.searchsorted(least[order], sides, side="right") - 1, 0, None)]
        return [
            [(float(w), float(h)) for w, h in cluster_shapes(self._shapes[owners == index], count, self._seed)]
            if (owners == index).any()
            else []
            for index, count in enumerate(self._plan.anchors_per_cell)
        ]

    def _improved(self, best: _Guess) -> _Guess:
        """Map by map with smaller or larger shapes, where that is better."""
        for index in range(len(best.shapes)):
            for factor in _FACTORS:
                scaled = [(factor * width, factor * height) for width, height in best.shapes[index]]
                shapes = [*best.shapes[:index], scaled, *best.shapes[index + 1 :]]
                best = max(best, *self._guesses(shapes), key=_score)
        return best

    def _guesses(self, shapes: _Shapes) -> list[_Guess]:
        """What the generator makes of shapes.

        Raises:
            PluginError: it fails, or makes anchors of another network.
        """
        guesses = ask(self._anchors, "fitted", shapes, self._plan.input_size)
        for guess in guesses:
            if (each := ask(guess, "anchors_per_cell")) != self._plan.anchors_per_cell:
                raise PluginError(
                    f"anchors {self._anchors.name!r} were fitted with {each} anchors per cell instead of "
                    f"{self._plan.anchors_per_cell}, which would be another network"
                )
        return [_Guess(guess, shapes, self._compared(guess)) for guess in guesses]

    def _compared(self, anchors: AnchorSettings) -> tuple[bool, float, float]:
        found = self._measured(anchors)
        return min(np.subtract(found, self._present)) >= 0, *found

    def _measured(self, anchors: AnchorSettings) -> tuple[float, float]:
        placed = place(anchors, self._plan).to(BoxFormat.CORNER_UNIT).boxes
        best = pairwise_iou(self._some, placed).max(axis=1)
        return float((best >= self._threshold).mean()), float(best.mean())


def _score(guess: _Guess) -> tuple[bool, float, float]:
    return guess.score


def _cell(map_: FeatureMap, image: ImageSize) -> float:
    """The longer side of a cell in pixels, if the cells were spread over the whole image."""
    return max(image.height / map_.height, image.width / map_.width)
