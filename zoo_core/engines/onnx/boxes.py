"""From what a network says to boxes, as ONNX operators: what `postprocess` does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from zoo_core.config.detector import NmsSettings
from zoo_core.engines.onnx.exportable import Decode, FileAnchors
from zoo_core.engines.onnx.graph import GraphBuilder
from zoo_core.engines.onnx.peaks import peaks_alone
from zoo_core.parts.outputs import Scoring

__all__ = ["final_boxes"]


def final_boxes(
    graph: GraphBuilder,
    probabilities: str,
    offsets: str,
    images: str,
    anchors: FileAnchors,
    class_count: int,
    decode: Decode,
    nms: NmsSettings,
    scoring: Scoring = Scoring.SOFTMAX,
) -> None:
    """Write the operators to the outputs ``boxes``, ``scores``, ``labels`` and ``count``.

    Only the `top_k` highest-scoring of all anchors and classes together are decoded and suppress each other.

    Args:
        graph: to write to.
        probabilities: (B, N, S), softmax or sigmoid of the scores.
        offsets: (B, N, 4).
        images: (B, H, W, 3), of which the boxes are.
        anchors: N of them.
        class_count: C.
        decode: decoder of the encoder.
        nms: which boxes are kept.
        scoring: what the S numbers mean.
    """
    of_objects, objects = _parted(graph, probabilities, scoring)
    if nms.peaks:
        objects = objects if of_objects is None else graph.op("Mul", objects, of_objects)
        of_objects, objects = None, peaks_alone(graph, objects, anchors.levels, nms.peaks)
    scores, labels, indices = _highest_scoring(graph, of_objects, objects, len(anchors), class_count, nms.top_k)
    boxes = _decoded(graph, offsets, indices, anchors.priors, decode)
    stays = _suppressed(graph, boxes, scores, labels, class_count if nms.per_class else 1, nms)
    number = min(nms.keep, nms.top_k, len(anchors) * class_count)
    _kept(graph, _in_pixels(graph, boxes, images), labels, stays, number)


def _parted(graph: GraphBuilder, probabilities: str, scoring: Scoring) -> tuple[str | None, str]:
    """The probability (B, N, 1) that there is an object, where scores say it apart, and (B, N, C) those of classes."""

    def from_to(start: int, end: int) -> str:
        return graph.op("Slice", probabilities, *(graph.constant([each], np.int64) for each in (start, end, 2)))

    if scoring is Scoring.SIGMOID:
        return None, probabilities
    return from_to(0, 1) if scoring is Scoring.OBJECTNESS else None, from_to(1, 2**31)


def _highest_scoring(
    graph: GraphBuilder, of_objects: str | None, objects: str, anchor_count: int, class_count: int, top_k: int
) -> tuple[str, str, str]:
    """Scores, labels and anchors (B, K) of the highest scores, in descending order.

    The highest scores belong to the anchors whose best score is among the highest: so only those anchors,
    and not every class of every anchor, need be sorted. Where scores are equal the lower class goes first,
    then the earlier anchor, since TopK takes the earlier of two equals.
    """
    best = graph.op("ReduceMax", objects, axes=[2], keepdims=0)
    if of_objects is not None:
        best = graph.op("Mul", best, graph.op("Squeeze", of_objects, graph.constant([2], np.int64)))
    anchors = min(top_k, anchor_count)
    _, chosen = graph.ops("TopK", best, graph.constant([anchors], np.int64), names=["best", "best_anchors"], axis=1)
    ordered, _ = graph.ops(
        "TopK", chosen, graph.constant([anchors], np.int64), names=["candidates", "candidate_order"], axis=1, largest=0
    )
    of_candidates = graph.op("GatherND", objects, _last_axis(graph, ordered), batch_dims=1)
    if of_objects is not None:
        are_objects = graph.op("GatherND", of_objects, _last_axis(graph, ordered), batch_dims=1)
        of_candidates = graph.op("Mul", of_candidates, are_objects)
    by_class = graph.op("Transpose", of_candidates, perm=[0, 2, 1])
    flat = graph.op("Reshape", by_class, graph.constant([0, class_count * anchors], np.int64))
    number = graph.constant([min(top_k, class_count * anchors)], np.int64)
    scores, flat_places = graph.ops("TopK", flat, number, names=["top_scores", "top_places"], axis=1)
    divisor = graph.constant(anchors, np.int64)
    labels = graph.op("Div", flat_places, divisor, name="top_labels")
    column = graph.op("Mod", flat_places, divisor)
    indices = graph.op("GatherElements", ordered, column, axis=1, name="top_anchors")
    return scores, labels, indices


def _decoded(graph: GraphBuilder, offsets: str, indices: str, priors: NDArray[np.float32], decode: Decode) -> str:
    """Boxes (B, K, 4) corner/unit of the anchors of these indices (B, K)."""
    chosen = graph.op("GatherND", offsets, _last_axis(graph, indices), batch_dims=1)
    own_priors = graph.op("Gather", graph.constant(priors, np.float32, name="priors"), indices, axis=0)
    return decode(graph, chosen, own_priors)


def _suppressed(graph: GraphBuilder, boxes: str, scores: str, labels: str, groups: int, nms: NmsSettings) -> str:
    """Scores (B, K), and -1 where the score is too low or a higher-scoring box of the same group stands in the way.

    ONNX orders corners (y, x, y, x); any two opposite corners will do, and with x and y exchanged all
    boxes are mirrored alike, which changes no overlap.
    """
    if nms.iou >= 1:  # no overlap is more
        enough = graph.op("Greater", scores, graph.constant(nms.score, np.float32, name="nms_score"))
        return graph.op("Where", enough, scores, graph.constant(-1.0, np.float32))
    by_group = graph.op("Unsqueeze", scores, graph.constant([1], np.int64))
    if groups > 1:
        group_of = graph.op("Unsqueeze", labels, graph.constant([1], np.int64))
        own = graph.op("Equal", group_of, graph.constant(np.arange(groups).reshape(1, groups, 1), np.int64))
        by_group = graph.op("Where", own, by_group, graph.constant(-1.0, np.float32))
    selected = graph.op(
        "NonMaxSuppression",
        boxes,
        by_group,
        graph.constant([np.iinfo(np.int32).max], np.int64),
        graph.constant([nms.iou], np.float32, name="nms_iou"),
        graph.constant([nms.score], np.float32, name="nms_score"),
    )
    image_and_box = graph.op("Gather", selected, graph.constant([0, 2], np.int64), axis=1)
    nothing = graph.op(
        "ConstantOfShape", graph.op("Shape", scores), value=numpy_helper.from_array(np.array([-1], np.float32))
    )
    return graph.op("ScatterND", nothing, image_and_box, graph.op("GatherND", scores, image_and_box))


def _in_pixels(graph: GraphBuilder, boxes: str, images: str) -> str:
    """Boxes corner/pixel of the pictures, clipped to them."""
    inside = graph.op("Clip", boxes, graph.constant(0.0, np.float32), graph.constant(1.0, np.float32))
    shape = graph.op("Shape", images)
    sides = graph.op("Gather", shape, graph.constant([2, 1, 2, 1], np.int64), axis=0)
    return graph.op("Mul", inside, graph.op("Cast", sides, to=TensorProto.FLOAT))


def _kept(graph: GraphBuilder, boxes: str, labels: str, stays: str, number: int) -> None:
    """The outputs: the highest-scoring of the boxes that stay; what is left over has the score 0 and the label -1."""
    values, indices = graph.ops(
        "TopK", stays, graph.constant([number], np.int64), names=["kept_scores", "kept_places"], axis=1
    )
    real = graph.op("GreaterOrEqual", values, graph.constant(0.0, np.float32))
    ones = graph.op("Cast", real, to=TensorProto.INT64)
    graph.op("ReduceSum", ones, graph.constant([1], np.int64), keepdims=0, name="count")
    graph.op("Where", real, values, graph.constant(0.0, np.float32), name="scores")
    own_labels = graph.op("GatherElements", labels, indices, axis=1)
    graph.op("Where", real, own_labels, graph.constant(-1, np.int64), name="labels")
    own_boxes = graph.op("GatherND", boxes, _last_axis(graph, indices), batch_dims=1)
    graph.op("Where", _last_axis(graph, real), own_boxes, graph.constant(0.0, np.float32), name="boxes")


def _last_axis(graph: GraphBuilder, tensor: str) -> str:
    return graph.op("Unsqueeze", tensor, graph.constant([-1], np.int64))
