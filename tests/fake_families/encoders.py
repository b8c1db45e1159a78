"""Sides, cells and heatmaps."""
# ruff: noqa: ARG002  # arguments are those of the contract

from dataclasses import replace

import numpy as np

from zoo_core.plugin_api import (
    UNMATCHED,
    BoxFormat,
    MatchingEncoder,
    checked_numbers,
    convert,
    onnx_pair,
    pairwise_iou,
)

PIXELS = BoxFormat.CORNER_PIXEL


def pixels(boxes, image):
    return convert(boxes, BoxFormat.CORNER_UNIT, PIXELS, image)


class Sides(MatchingEncoder):
    """See `SidesSettings`: the logarithms of the distances from a point to the four sides, in sides of its anchor."""

    def match(self, anchors, boxes):
        """The smallest object around a point."""
        truth, points = pixels(boxes, anchors.image), anchors.boxes[:, :2]
        sides = np.concatenate([points[:, None] - truth[:, :2], truth[:, 2:] - points[:, None]], axis=2)
        areas = np.broadcast_to(np.prod(truth[:, 2:] - truth[:, :2], axis=1), sides.shape[:2])
        areas = np.where(sides.min(axis=2) > 0.01, areas, np.inf)
        return np.where(np.isfinite(areas.min(axis=1)), areas.argmin(axis=1), UNMATCHED)

    def code(self, anchors, boxes):
        """The logarithms of the distances to left, top, right and bottom."""
        center = anchors.to(BoxFormat.CENTER_UNIT).boxes
        points, sides = center[:, :2], np.tile(center[:, 2:], 2)
        return np.log(np.concatenate([points - boxes[:, :2], boxes[:, 2:] - points], axis=1) / sides)

    def decode(self, offsets, anchors):
        """Boxes corner/unit."""
        values, center = checked_numbers(offsets, anchors), anchors.to(BoxFormat.CENTER_UNIT).boxes
        with np.errstate(over="ignore", invalid="ignore"):
            sides = np.exp(values) * np.tile(center[:, 2:], 2)
            return np.concatenate([center[:, :2] - sides[..., :2], center[:, :2] + sides[..., 2:]], axis=-1)

    def onnx_decode(self, graph, offsets, priors):
        """The same."""
        point, size = onnx_pair(graph, priors, 0), onnx_pair(graph, priors, 2)
        low, high = (graph.op("Mul", graph.op("Exp", onnx_pair(graph, offsets, start)), size) for start in (0, 2))
        return graph.op("Concat", graph.op("Sub", point, low), graph.op("Add", point, high), axis=-1)


class Cell(MatchingEncoder):
    """See `CellSettings`: the logit of the place in the cell, and the logarithm of size against the anchor."""

    def match(self, anchors, boxes):
        """In the cell of its middle, the anchor whose shape is best over all maps; later objects come first."""
        truth = pixels(boxes, anchors.image)
        sizes, middles = truth[:, 2:] - truth[:, :2], (truth[:, 2:] + truth[:, :2]) / 2
        cells, strides, match = anchors.cells, anchors.strides, np.full(len(anchors), UNMATCHED)
        around = np.concatenate([-anchors.boxes[:, 2:], anchors.boxes[:, 2:]], axis=1) / 2
        for index, (size, middle) in enumerate(zip(sizes, middles, strict=True)):
            here = np.flatnonzero((cells.column == middle[0] // strides) & (cells.row == middle[1] // strides))
            if len(here):  # maps may end before the image does
                overlaps = pairwise_iou(np.concatenate([-size, size])[None] / 2, around[here])[0]
                match[here[overlaps.argmax()]] = index
        return match

    def weights(self, anchors, boxes):
        """Small objects count more."""
        return 2 - np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)

    def priors(self, anchors):
        """The corner and the size of its cell, and the size of the anchor: (N, 6) in units of the image."""
        cells, unit = anchors.cells, anchors.strides[:, None] / np.array(anchors.image[::-1], np.float32)
        corner = np.stack([cells.column, cells.row], axis=1) * unit
        return np.concatenate([corner, unit, anchors.to(BoxFormat.CENTER_UNIT).boxes[:, 2:]], axis=1).astype(np.float32)

    def code(self, anchors, boxes):
        """Two logits and two logarithms."""
        corner, cell, size = np.split(self.priors(anchors), 3, axis=1)
        share = np.clip(((boxes[:, :2] + boxes[:, 2:]) / 2 - corner) / cell, 1e-6, 1 - 1e-6)
        return np.concatenate([np.log(share / (1 - share)), np.log((boxes[:, 2:] - boxes[:, :2]) / size)], axis=1)

    def decode(self, offsets, anchors):
        """Boxes corner/unit."""
        values = checked_numbers(offsets, anchors)
        corner, cell, size = np.split(self.priors(anchors), 3, axis=1)
        with np.errstate(over="ignore", invalid="ignore"):
            middle = corner + cell / (1 + np.exp(-values[..., :2]))
            apart = np.exp(values[..., 2:]) * size / 2
            return np.concatenate([middle - apart, middle + apart], axis=-1)

    def onnx_decode(self, graph, offsets, priors):
        """The same."""
        corner, cell, size = (onnx_pair(graph, priors, start) for start in (0, 2, 4))
        share = graph.op("Sigmoid", onnx_pair(graph, offsets, 0))
        middle = graph.op("Add", corner, graph.op("Mul", cell, share))
        apart = graph.op("Mul", graph.op("Exp", onnx_pair(graph, offsets, 2)), size)
        apart = graph.op("Div", apart, graph.constant(2, np.float32))
        return graph.op("Concat", graph.op("Sub", middle, apart), graph.op("Add", middle, apart), axis=-1)

    def reconsider(self, targets, scores, numbers, anchors, boxes, labels):
        """Unmatched anchors whose predicted box is near an object are ignored."""
        classes = targets.classes.copy()
        for of_image, predicted, truth in zip(classes, self.decode(numbers, anchors), boxes, strict=True):
            if len(truth):
                near = pairwise_iou(truth, predicted).max(axis=0) > self.settings.ignore
                of_image[near & (of_image == 0)] = -1
        return replace(targets, classes=classes)


class Heatmap(MatchingEncoder):
    """See `HeatmapSettings`: the middle from that of the cell, and the size, in strides."""

    def match(self, anchors, boxes):
        """The cell of the middle."""
        return self._nearest(anchors, boxes)

    def code(self, anchors, boxes):
        """Where the middle lies, and how large the box is."""
        center = anchors.to(BoxFormat.CENTER_UNIT).boxes
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        return np.concatenate([middle - center[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1) / np.tile(center[:, 2:], 2)

    def decode(self, offsets, anchors):
        """Boxes corner/unit."""
        values, center = checked_numbers(offsets, anchors), anchors.to(BoxFormat.CENTER_UNIT).boxes
        middle, apart = center[:, :2] + values[..., :2] * center[:, 2:], values[..., 2:] * center[:, 2:] / 2
        return np.concatenate([middle - apart, middle + apart], axis=-1)

    def onnx_decode(self, graph, offsets, priors):
        """The same."""
        center, cell = onnx_pair(graph, priors, 0), onnx_pair(graph, priors, 2)
        middle = graph.op("Add", center, graph.op("Mul", onnx_pair(graph, offsets, 0), cell))
        apart = graph.op("Div", graph.op("Mul", onnx_pair(graph, offsets, 2), cell), graph.constant(2, np.float32))
        return graph.op("Concat", graph.op("Sub", middle, apart), graph.op("Add", middle, apart), axis=-1)

    def soft_classes(self, anchors, boxes, labels, class_count):
        """1 at the cell of the middle, less around it."""
        soft, points = np.zeros((len(anchors), class_count), np.float32), anchors.to(BoxFormat.CENTER_UNIT).boxes[:, :2]
        for box, label in zip(boxes, labels, strict=True):
            size = box[2:] - box[:2]
            middle = points[np.flatnonzero(self._nearest(anchors, box[None]) == 0)[0]]
            near = np.exp(-(((points - middle) / (size / 3)) ** 2).sum(axis=1))
            soft[:, label] = np.maximum(soft[:, label], near)
        return soft

    def _nearest(self, anchors, boxes):
        points = anchors.to(BoxFormat.CENTER_UNIT).boxes[:, :2]
        match = np.full(len(anchors), UNMATCHED)
        for index, box in enumerate(boxes):
            match[np.abs(points - (box[:2] + box[2:]) / 2).sum(axis=1).argmin()] = index
        return match
