"""Targets by the rule of YOLO3, and boxes in its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.plugin_api import (
    UNMATCHED,
    Anchors,
    BoxFormat,
    MatchingEncoder,
    OnnxGraph,
    Targets,
    anchors_around,
    checked_numbers,
    convert,
    onnx_pair,
)
from zoo_gluoncv_yolo.encoder_settings import YoloEncoderSettings

__all__ = ["YoloEncoder"]

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

_BORDER = np.float32(1e-6)
"""So near to the border of its cell a centre can lie at most: at the border itself its logit is infinite."""
_SLACK = 1 - 1e-4
_LEAST_WEIGHT = np.float32(1e-6)
_SMALLEST_SIDE = 1.0
"""In pixels; below it the logarithm of a size is that of this one."""


class YoloEncoder(MatchingEncoder):
    """The cell of the centre, the anchor of the best shape; see `YoloEncoderSettings`."""

    settings: YoloEncoderSettings

    def match(self, anchors: Anchors, boxes: Floats) -> Indices:
        """For each anchor the index of its object."""
        match = np.full(len(anchors), UNMATCHED, dtype=np.int64)
        truth: Floats = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CENTER_PIXEL, anchors.image)
        around = anchors_around(anchors, truth[:, :2])
        own, wanted = anchors.boxes[around, 2:], truth[:, None, 2:]
        overlaps = _iou(np.minimum(own, wanted), own, wanted)
        overlaps[around < 0] = -1
        best, objects = overlaps.argmax(axis=1), np.arange(len(truth))
        chosen = around[objects, best]
        match[chosen[chosen >= 0]] = objects[chosen >= 0]  # where an index comes twice, the later has it
        return match

    def weights(self, anchors: Anchors, boxes: Floats) -> Floats:  # noqa: ARG002  # the argument is the contract's
        """2 - area."""
        # A box that reaches beyond the image can have twice its area, and counts at least a little.
        weights: Floats = np.maximum(2 - np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), _LEAST_WEIGHT)
        return weights

    def code(self, anchors: Anchors, boxes: Floats) -> Floats:
        """The logit of the place in the cell, and the logarithm of the size against the anchor's."""
        truth = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CENTER_PIXEL, anchors.image)
        cells, own = anchors.cells, anchors.to(BoxFormat.CENTER_PIXEL).boxes
        place: NDArray[Any] = truth[:, :2] / anchors.strides[:, None] - np.stack([cells.column, cells.row], axis=1)
        place = np.clip(place, _BORDER, 1 - _BORDER)
        size = np.log(np.maximum(truth[:, 2:], _SMALLEST_SIDE) / own[:, 2:])
        coded: Floats = np.concatenate([np.log(place / (1 - place)), size], axis=1).astype(np.float32)
        return coded

    def decode(self, offsets: ArrayLike, anchors: Anchors) -> Floats:
        """Boxes (..., N, 4) corner/unit of numbers (..., N, 4); not clipped to the image."""
        values = checked_numbers(offsets, anchors)
        corner, cell, size = np.split(self.priors(anchors), 3, axis=1)
        # A network that has not learned yet may say any number: which needs no warning.
        with np.errstate(over="ignore", invalid="ignore"):
            middle = corner + cell / (1 + np.exp(-values[..., :2]))
            half = np.exp(values[..., 2:]) * size / 2
            return np.concatenate([middle - half, middle + half], axis=-1)

    def priors(self, anchors: Anchors) -> Floats:
        """The upper left corner of its cell, the sides of the cell, and those of the anchor: (N, 6) in units."""
        cells, image = anchors.cells, np.array(anchors.image[::-1], np.float32)
        cell = anchors.strides[:, None] / image
        corner = np.stack([cells.column, cells.row], axis=1).astype(np.float32) * cell
        return np.concatenate([corner, cell, anchors.to(BoxFormat.CENTER_PIXEL).boxes[:, 2:] / image], axis=1)

    def onnx_decode(self, graph: OnnxGraph, offsets: str, priors: str) -> str:
        """`decode` as ONNX operators."""
        corner, cell, size = (onnx_pair(graph, priors, start) for start in (0, 2, 4))
        place = graph.op("Sigmoid", onnx_pair(graph, offsets, 0))
        middle = graph.op("Add", corner, graph.op("Mul", cell, place))
        sides = graph.op("Mul", graph.op("Exp", onnx_pair(graph, offsets, 2)), size)
        half = graph.op("Div", sides, graph.constant(2, np.float32))
        return graph.op("Concat", graph.op("Sub", middle, half), graph.op("Add", middle, half), axis=-1)

    def reconsider(
        self,
        targets: Targets,
        scores: Floats,  # noqa: ARG002  # the argument is the contract's
        numbers: Floats,
        anchors: Anchors,
        boxes: Sequence[Floats],
        labels: Sequence[Indices],  # noqa: ARG002  # likewise
    ) -> Targets:
        """Anchors without an object whose predicted box overlaps one by more than `ignore_iou` are ignored."""
        classes = targets.classes.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            for of_image, said, truth in zip(classes, numbers, boxes, strict=True):
                near = self._near(said, anchors, truth)
                of_image[near[of_image[near] == 0]] = -1
        return replace(targets, classes=classes)

    def _near(self, said: Floats, anchors: Anchors, truth: Floats) -> Indices:
        """Indices of the anchors whose predicted box overlaps one of these boxes (M, 4) enough; some come twice."""
        least = self.settings.ignore_iou
        sizes = np.ascontiguousarray((np.exp(said[:, 2:]) * anchors.to(BoxFormat.CENTER_UNIT).boxes[:, 2:]).T)
        wanted = truth[:, 2:] - truth[:, :2]
        # No IoU is above the share of the shorter width in the longer, nor is it for heights: few boxes are left.
        alike = [_alike(sizes, each, least * _SLACK) for each in wanted]
        objects = np.repeat(np.arange(len(truth)), [len(each) for each in alike])
        near = np.concatenate([np.zeros(0, np.int64), *alike])
        predicted, truth = self.decode(said[near], anchors.at(near)), truth[objects]
        shared = np.minimum(predicted[:, 2:], truth[:, 2:]) - np.maximum(predicted[:, :2], truth[:, :2])
        overlaps = _iou(np.maximum(shared, 0), predicted[:, 2:] - predicted[:, :2], wanted[objects])
        close: Indices = near[overlaps > least]
        return close


def _alike(sizes: Floats, wanted: Floats, least: float) -> Indices:
    """Indices of sizes (2, N) whose sides differ from those of a box by no more than a factor."""
    width, height = sizes
    found = np.flatnonzero((width > least * wanted[0]) & (width < wanted[0] / least))
    alike: Indices = found[(height[found] > least * wanted[1]) & (height[found] < wanted[1] / least)]
    return alike


def _iou(shared: Floats, first: Floats, second: Floats) -> Floats:
    """Intersection over union (...,) of boxes of these sides (..., 2), which share a part of such sides."""
    both, one, other = (np.prod(each, axis=-1, dtype=np.float32) for each in (shared, first, second))
    overlaps: Floats = both / (one + other - both)
    return overlaps
