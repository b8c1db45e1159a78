"""Targets by the rule of YOLO3, and boxes in its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.plugin_api import (
    UNMATCHED,
    Anchors,
    BoxFormat,
    MatchingEncoder,
    OnnxGraph,
    Targets,
    checked_numbers,
    convert,
    pairwise_iou,
)
from zoo_gluoncv_yolo.encoder_settings import YoloEncoderSettings

__all__ = ["YoloEncoder"]

Floats = NDArray[np.float32]

_BORDER = np.float32(1e-6)
"""So near to the border of its cell a centre can lie at most: at the border itself its logit is infinite."""
_SMALLEST_SIDE = 1.0
"""In pixels; below it the logarithm of a size is that of this one."""


class YoloEncoder(MatchingEncoder):
    """The cell of the centre, the anchor of the best shape; see `YoloEncoderSettings`."""

    settings: YoloEncoderSettings

    def match(self, anchors: Anchors, boxes: Floats) -> NDArray[np.int64]:
        """For each anchor the index of its object."""
        match = np.full(len(anchors), UNMATCHED, dtype=np.int64)
        truth = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CENTER_PIXEL, anchors.image)
        for index, box in enumerate(truth):
            here = _around(anchors, box)
            if len(here):
                overlaps = pairwise_iou(_centred(box[None]), _centred(anchors.boxes[here]))
                match[here[overlaps[0].argmax()]] = index
        return match

    def weights(self, anchors: Anchors, boxes: Floats) -> Floats:  # noqa: ARG002  # the argument is the contract's
        """2 - area."""
        weights: Floats = 2 - np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        return np.maximum(weights, np.float32(1e-6))

    def code(self, anchors: Anchors, boxes: Floats) -> Floats:
        """The logit of the place in the cell, and the logarithm of the size against the anchor's."""
        truth = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CENTER_PIXEL, anchors.image)
        cells, own = anchors.cells, anchors.to(BoxFormat.CENTER_PIXEL).boxes
        place: Floats = truth[:, :2] / anchors.strides[:, None] - np.stack([cells.column, cells.row], axis=1)
        place = np.clip(place, _BORDER, 1 - _BORDER)
        size = np.log(np.maximum(truth[:, 2:], _SMALLEST_SIDE) / own[:, 2:])
        return np.concatenate([np.log(place / (1 - place)), size], axis=1).astype(np.float32)

    def decode(self, offsets: ArrayLike, anchors: Anchors) -> Floats:
        """Boxes (..., N, 4) corner/unit of numbers (..., N, 4); not clipped to the image."""
        values = checked_numbers(offsets, anchors)
        corner, cell, size = np.split(self.priors(anchors), 3, axis=1)
        # A network that has not learned yet may say any number: that is no reason to warn.
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
        corner, cell, size = (_two(graph, priors, start) for start in (0, 2, 4))
        place = graph.op("Sigmoid", _two(graph, offsets, 0))
        middle = graph.op("Add", corner, graph.op("Mul", cell, place))
        sides = graph.op("Mul", graph.op("Exp", _two(graph, offsets, 2)), size)
        half = graph.op("Div", sides, graph.constant(2, np.float32))
        return graph.op("Concat", graph.op("Sub", middle, half), graph.op("Add", middle, half), axis=-1)

    def reconsider(
        self,
        targets: Targets,
        scores: Floats,  # noqa: ARG002  # the argument is the contract's
        numbers: Floats,
        anchors: Anchors,
        boxes: Sequence[Floats],
        labels: Sequence[NDArray[np.int64]],  # noqa: ARG002  # likewise
    ) -> Targets:
        """Anchors without an object whose predicted box overlaps one by more than `ignore_iou` are ignored."""
        classes = targets.classes.copy()
        with np.errstate(over="ignore", invalid="ignore"):
            for of_image, predicted, truth in zip(classes, self.decode(numbers, anchors), boxes, strict=True):
                if len(truth):
                    near = pairwise_iou(truth, predicted).max(axis=0) > self.settings.ignore_iou
                    of_image[near & (of_image == 0)] = -1
        return replace(targets, classes=classes)


def _around(anchors: Anchors, box: Floats) -> NDArray[np.int64]:
    """Indices of the anchors in whose cell, of each map, the centre of a box center/pixel lies."""
    starts = np.cumsum([0, *(level.anchors for level in anchors.levels)])
    found = [np.zeros(0, np.int64)]
    for level, start in zip(anchors.levels, starts[:-1], strict=True):
        column, row = (int(np.floor(middle / level.stride)) for middle in box[:2])
        if 0 <= row < level.height and 0 <= column < level.width:
            found.append(start + (row * level.width + column) * level.per_cell + np.arange(level.per_cell))
    return np.concatenate(found)


def _centred(boxes: Floats) -> Floats:
    """Boxes (N, 4) corner/pixel of the sizes of boxes center/pixel, all around one point."""
    half = boxes[:, 2:] / 2
    return np.concatenate([-half, half], axis=1)


def _two(graph: OnnxGraph, tensor: str, start: int) -> str:
    """The two numbers from `start` on of the last axis."""
    return graph.op("Slice", tensor, *(graph.constant([each], np.int64) for each in (start, start + 2, -1)))
