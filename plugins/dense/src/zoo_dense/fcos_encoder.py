"""Targets by FCOS' rule."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.plugin_api import (
    UNMATCHED,
    Anchors,
    BoxFormat,
    MatchingEncoder,
    OnnxGraph,
    checked_numbers,
    convert,
    onnx_pair,
)
from zoo_dense.fcos_settings import FcosEncoderSettings

__all__ = ["FcosEncoder"]

_Floats = NDArray[np.floating[Any]]

_SIGNS = np.array([-1, -1, 1, 1], np.float32)
"""Left and upper sides lie before a point, right and lower ones behind it."""
_SAME_MAP = 1.5
"""Points of one map are nearer in size than this, and those of two maps are not."""


class FcosEncoder(MatchingEncoder):
    """Distances from a point to the sides of its object; see `FcosEncoderSettings`."""

    settings: FcosEncoderSettings

    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each point the index of its object, or `UNMATCHED`."""
        truth, points = _in_pixels(boxes, anchors), anchors.boxes[:, None]
        sides = _sides(points, truth)
        answers: NDArray[np.bool_] = (sides > 0).all(axis=2)
        if self.settings.radius is not None:
            apart = np.abs((truth[:, :2] + truth[:, 2:]) / 2 - points[..., :2]) / points[..., 2:]
            answers &= (apart < self.settings.radius).all(axis=2)
        low, high = self._ranges(anchors)
        farthest = sides.max(axis=2)
        answers &= (low[:, None] <= farthest) & (farthest <= high[:, None])
        areas = np.where(answers, np.prod(truth[:, 2:] - truth[:, :2], axis=1), np.inf)
        return np.where(answers.any(axis=1), areas.argmin(axis=1), UNMATCHED)

    def _ranges(self, anchors: Anchors) -> tuple[_Floats, _Floats]:
        """Between which distances, in strides, the farthest side of an object of each point lies."""
        size, reach = np.sqrt(np.prod(anchors.boxes[:, 2:], axis=1)), self.settings.reach
        finest, coarsest = size < _SAME_MAP * size.min(), size > size.max() / _SAME_MAP
        return np.where(finest, 0, reach / 2), np.where(coarsest, np.inf, reach)

    def code(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logarithms of the distances to the left, upper, right and lower side, in strides."""
        points = anchors.to(BoxFormat.CENTER_PIXEL)
        coded: NDArray[np.float32] = np.log(_sides(points.boxes, _in_pixels(boxes, points)))
        return coded

    def decode(self, offsets: ArrayLike, anchors: Anchors) -> NDArray[np.float32]:
        """Boxes (..., N, 4) corner/unit; a distance that float32 cannot hold becomes infinite."""
        values, points = checked_numbers(offsets, anchors), anchors.to(BoxFormat.CENTER_UNIT).boxes
        with np.errstate(over="ignore"):
            apart = np.exp(values) * np.tile(points[:, 2:], 2)
            decoded: NDArray[np.float32] = np.tile(points[:, :2], 2) + apart * _SIGNS
        return decoded

    def onnx_decode(self, graph: OnnxGraph, offsets: str, priors: str) -> str:
        """`decode` as ONNX operators; the priors are the anchors, center/unit."""
        middle, size = (_twice(graph, priors, start) for start in (0, 2))
        signed = graph.op("Mul", size, graph.constant(_SIGNS, np.float32))
        return graph.op("Add", middle, graph.op("Mul", graph.op("Exp", offsets), signed))


def _in_pixels(boxes: NDArray[np.float32], anchors: Anchors) -> _Floats:
    return convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, anchors.image)


def _sides(points: _Floats, boxes: _Floats) -> _Floats:
    """Distances (..., 4) from points (..., 4) center/pixel to the sides of boxes (..., 4) corner/pixel, in strides."""
    before, after = points[..., :2] - boxes[..., :2], boxes[..., 2:] - points[..., :2]
    sides: _Floats = np.concatenate([before / points[..., 2:], after / points[..., 2:]], axis=-1)
    return sides


def _twice(graph: OnnxGraph, tensor: str, start: int) -> str:
    """The two numbers from `start` on of the last axis, and the same again."""
    pair = onnx_pair(graph, tensor, start)
    return graph.op("Concat", pair, pair, axis=-1)
