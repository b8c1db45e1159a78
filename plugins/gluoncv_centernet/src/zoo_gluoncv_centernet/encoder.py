"""Targets by the rule of CenterNet, and boxes in its code."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.plugin_api import (
    UNMATCHED,
    Anchors,
    BoxFormat,
    MatchingEncoder,
    OnnxGraph,
    anchors_around,
    checked_numbers,
    convert,
    onnx_pair,
)
from zoo_gluoncv_centernet.encoder_settings import CenterNetEncoderSettings
from zoo_gluoncv_centernet.heatmaps import draw_peak, peak_radius

__all__ = ["CenterNetEncoder"]

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


class CenterNetEncoder(MatchingEncoder):
    """The cell of the centre, and a Gaussian around it; see `CenterNetEncoderSettings`."""

    settings: CenterNetEncoderSettings

    def match(self, anchors: Anchors, boxes: Floats) -> Indices:
        """For each anchor the index of its object."""
        match = np.full(len(anchors), UNMATCHED, dtype=np.int64)
        around = anchors_around(anchors, _in_pixels(boxes, anchors)[:, :2])
        objects, ranks = np.nonzero(around >= 0)
        match[around[objects, ranks]] = objects  # where an index comes twice, the later has it
        return match

    def code(self, anchors: Anchors, boxes: Floats) -> Floats:
        """The place of the centre in its cell, and the size, in cells."""
        truth: Floats = _in_pixels(boxes, anchors) / anchors.strides[:, None]
        cells = anchors.cells
        truth[:, :2] -= np.stack([cells.column, cells.row], axis=1)
        return truth

    def decode(self, offsets: ArrayLike, anchors: Anchors) -> Floats:
        """Boxes (..., N, 4) corner/unit of numbers (..., N, 4); not clipped to the image."""
        values = checked_numbers(offsets, anchors)
        corner, cell = np.split(self.priors(anchors), 2, axis=1)
        with np.errstate(over="ignore", invalid="ignore"):  # a network that has not learned yet may say any number
            middle, half = corner + values[..., :2] * cell, values[..., 2:] * cell / 2
            return np.concatenate([middle - half, middle + half], axis=-1)

    def priors(self, anchors: Anchors) -> Floats:
        """The upper left corner of its cell, and the sides of the cell: (N, 4) in units of the image."""
        cells, image = anchors.cells, np.array(anchors.image[::-1], np.float32)
        cell = anchors.strides[:, None] / image
        corner = np.stack([cells.column, cells.row], axis=1).astype(np.float32) * cell
        return np.concatenate([corner, cell], axis=1)

    def onnx_decode(self, graph: OnnxGraph, offsets: str, priors: str) -> str:
        """`decode` as ONNX operators."""
        corner, cell = (onnx_pair(graph, priors, start) for start in (0, 2))
        place, size = (graph.op("Mul", onnx_pair(graph, offsets, start), cell) for start in (0, 2))
        middle, half = graph.op("Add", corner, place), graph.op("Div", size, graph.constant(2, np.float32))
        return graph.op("Concat", graph.op("Sub", middle, half), graph.op("Add", middle, half), axis=-1)

    def soft_classes(self, anchors: Anchors, boxes: Floats, labels: Indices, class_count: int) -> Floats:
        """How much each anchor should say each class: (N, C), 1 at the centre of an object."""
        anchors.cells  # noqa: B018  # raises
        truth, parts = _in_pixels(boxes, anchors), []
        for level in anchors.levels:
            heatmaps = np.zeros((class_count, level.height, level.width), np.float32)
            for (x, y, width, height), label in zip(truth / level.stride, labels, strict=True):
                draw_peak(heatmaps[label], x, y, peak_radius(width, height, self.settings.overlap))
            parts.append(np.repeat(heatmaps.reshape(class_count, -1).T, level.per_cell, axis=0))
        soft = np.concatenate(parts)
        return soft if anchors.indices is None else soft[anchors.indices]


def _in_pixels(boxes: Floats, anchors: Anchors) -> Floats:
    """Boxes corner/unit as center/pixel."""
    pixels: Floats = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CENTER_PIXEL, anchors.image)
    return pixels
