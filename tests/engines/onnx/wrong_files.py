"""Wrong files by name, for a detector of three classes at 64x96 with GluonCV's suppression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from tests.engines.onnx.tampering import (
    Wrong,
    anchors,
    argument,
    attribute,
    behind,
    columns,
    constant,
    edited,
    network_operator,
    nms,
    node,
    normalization,
    operator,
    stds,
    weights,
)


def _add(index: tuple[int, ...], value: float) -> Callable[[np.ndarray], None]:
    def change(values: np.ndarray) -> None:
        values[index] += value

    return change


def _times(index: Any, value: float) -> Callable[[np.ndarray], None]:
    def change(values: np.ndarray) -> None:
        values[index] *= value

    return change


def _moved(value: float, column: int, rows: Any = slice(None)) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        values[rows, column] += value
        return values

    return change


def _unit(column: int, value: float) -> list[float]:
    return [value if each == column else 0.0 for each in range(4)]


def _listing() -> dict[str, Wrong]:
    wrong: dict[str, Wrong] = {}
    for column, side in enumerate(("x1", "y1", "x2", "y2")):
        for value in (0.03, -0.03, 0.005, 0.001):
            wrong[f"{side} {value:+g} behind the clip"] = behind("clip_0", "Add", _unit(column, value))
        wrong[f"{side} a pixel farther"] = behind("boxes", "Add", _unit(column, 1))
        wrong[f"std of offset {column} 1 % larger"] = stds([1.01 if each == column else 1 for each in range(4)])
        wrong[f"std of offset {column} halved"] = stds([0.5 if each == column else 1 for each in range(4)])
        wrong[f"anchors +.01 in {column}"] = anchors(_moved(0.01, column))
        wrong[f"offset {column} +.01"] = behind("offsets", "Add", _unit(column, 0.01))
        for row in (0, -1):
            wrong[f"anchor {row} +.01 in {column}"] = anchors(_moved(0.01, column, row))
    for factor in (1.01, 0.99, 1.001):
        wrong[f"boxes x {factor}"] = behind("boxes", "Mul", factor)
        wrong[f"unit boxes x {factor}"] = behind("concat_1", "Mul", factor)
        wrong[f"offsets x {factor}"] = behind("offsets", "Mul", factor)
        wrong[f"scores x {factor}"] = behind("scores", "Mul", factor)
        wrong[f"class scores x {factor}"] = behind("class_scores", "Mul", factor)
        wrong[f"input x {factor}"] = behind("network_input", "Mul", factor)
    wrong["5 % narrower"] = edited(_narrower)
    for tensor in ("clip_0", "boxes", "concat_1"):
        wrong[f"x and y swapped in {tensor}"] = columns(tensor, [1, 0, 3, 2])
        wrong[f"corners swapped in {tensor}"] = columns(tensor, [2, 3, 0, 1])
        wrong[f"x2 and y1 swapped in {tensor}"] = columns(tensor, [0, 2, 1, 3])
    wrong |= {
        "offsets of y and x": columns("offsets", [1, 0, 3, 2]),
        "offsets of size first": columns("offsets", [2, 3, 0, 1]),
        "height for width": argument("Gather", 1, [1, 2, 1, 2], 2),
        "height for both": argument("Gather", 1, [1, 1, 1, 1], 2),
        "no clip": operator("Clip", "Identity"),
        "clip of below alone": operator("Clip", "Relu"),
        "clip at .99": argument("Clip", 2, 0.99, dtype=np.float32),
        "clip at .01": argument("Clip", 1, 0.01, dtype=np.float32),
        "no output count": edited(_without_count),
        "offsets within 4": _chosen_offsets_within(4),
        "offsets within 20": _chosen_offsets_within(20),
        "pictures of 2000 pixels at most": edited(_small_pictures),
        "99 of a class": argument("NonMaxSuppression", 2, [99]),
        "probabilities from .0001 on": behind("probabilities", "Clip", 0.0001, 1),
        "clip before the suppression": behind("concat_1", "Clip", 0, 1),
        "boxes rounded": behind("boxes", "Round"),
        "no exponential": operator("Exp", "Identity"),
        "size not halved": argument("Div", 1, 1, 1, np.float32),
        "centre plus for minus": operator("Sub", "Add", 1),
        "centre not moved": operator("Add", "Sub"),
        "iou .5": nms(iou=0.5),
        "iou .46": nms(iou=0.46),
        "iou .44": nms(iou=0.44),
        "iou .4": nms(iou=0.4),
        "iou 1": nms(iou=1.0),
        "iou .01": nms(iou=0.01),
        "score 0": nms(score=0.0),
        "score 1 % higher": nms(score=0.0101),
        "score 1 % lower": nms(score=0.0099),
        "score .05": nms(score=0.05),
        "score .5": nms(score=0.5),
        "top_k 399": nms(top_k=399),
        "top_k 401": nms(top_k=401),
        "top_k 390": nms(top_k=390),
        "top_k 200": nms(top_k=200),
        "top_k 1000": nms(top_k=1000),
        "top_k 10": nms(top_k=10),
        "keep 101": nms(keep=101),
        "keep 99": nms(keep=99),
        "keep 50": nms(keep=50),
        "keep 1": nms(keep=1),
        "keep 400": nms(keep=400),
        "suppression across classes": nms(per_class=False),
        "top_k 399 behind the sorting": argument("TopK", 1, [399], 2),
        "keep 101 behind the suppression": argument("TopK", 1, [101], 3),
        "fewer anchors": argument("TopK", 1, [300], 0),
        "the lowest of the highest": attribute("TopK", 3, largest=0),
        "the lowest anchors": attribute("TopK", 0, largest=0),
        "the lowest scores": attribute("TopK", 2, largest=0),
        "later anchors first": attribute("TopK", 1, largest=1),
        "the worst class of an anchor": operator("ReduceMax", "ReduceMin"),
        "the mean class of an anchor": operator("ReduceMax", "ReduceMean"),
        "first class dropped": argument("Slice", 1, [2], 1),
        "background as a class": argument("Slice", 1, [0], 1),
        "last class dropped": argument("Slice", 2, [-1], 1),
        "labels + 1": behind("labels", "Add", 1, dtype=np.int64),
        "labels 0": behind("labels", "Mul", 0, dtype=np.int64),
        "labels of the wrong column": argument("Div", 1, 200, 0),
        "anchors of the wrong column": argument("Mod", 1, 200, 0),
        "count + 1": behind("count", "Add", 1, dtype=np.int64),
        "count - 1": behind("count", "Sub", 1, dtype=np.int64),
        "count 0": behind("count", "Mul", 0, dtype=np.int64),
        "left over labels 0": argument("Where", 2, 0, 2),
        "left over scores 1": argument("Where", 2, 1, 1, np.float32),
        "left over boxes 1": argument("Where", 2, 1, 3, np.float32),
        "scores at the threshold too": argument("GreaterOrEqual", 1, 0.1, 0, np.float32),
        "scores squared": behind("probabilities", "Pow", 2),
        "scores of one class halved": behind("probabilities", "Mul", [1, 0.5] + [1] * 2),
        "scores rounded": edited(_rounded_scores),
        "probabilities of another class": columns("probabilities", [0, 2, 3, 1]),
        "class scores of another class": columns("class_scores", [0, 2, 3, 1]),
        "background last": columns("class_scores", [1, 2, 3, 0]),
        "class scores of a class + .001": behind("class_scores", "Add", [0, 0.001, 0, 0]),
        "softmax over anchors": attribute("Softmax", axis=1),
        "no softmax": operator("Softmax", "Identity"),
        "sigmoid for softmax": edited(_sigmoid),
        "logarithm of the softmax": operator("Softmax", "LogSoftmax"),
        "twice the softmax": behind("probabilities", "Softmax", axis=-1),
        "mean of another network": normalization(mean=(0.5, 0.5, 0.5)),
        "std of another network": normalization(std=(0.5, 0.5, 0.5)),
        "no normalisation": normalization(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
        "mean of the wrong channels": normalization(mean=(0.406, 0.456, 0.485)),
        "mean 1 % higher": normalization(mean=(0.49, 0.461, 0.41)),
        "blue for red": columns("network_input", [2, 1, 0], axis=1),
        "red for all": columns("network_input", [0, 0, 0], axis=1),
        "no division by 255": behind("network_input", "Mul", 255),
        "mirrored": columns("network_input", list(range(95, -1, -1)), axis=3),
        "upside down": columns("network_input", list(range(63, -1, -1)), axis=2),
        "a row lower": columns("network_input", [0, *range(63)], axis=2),
        "a column farther": columns("network_input", [0, *range(95)], axis=3),
        "nearest pixel": attribute("Resize", mode="nearest"),
        "cubic": attribute("Resize", mode="cubic"),
        "corners aligned": attribute("Resize", coordinate_transformation_mode="align_corners"),
        "asymmetric": attribute("Resize", coordinate_transformation_mode="asymmetric"),
        "pixels rounded": behind("stretched", "Round"),
        "pixels halved": behind("stretched", "Mul", 0.5),
        "a weight 1 % larger": weights(".weight", _times((0, 0), 1.01)),
        "a predictor's weight 1 % larger": weights("class_predictors.0.weight", _times((1, 0), 1.01)),
        "a predictor without its last map": weights("class_predictors.2.weight", _times(slice(None), 0)),
        "offsets of the last map 1 % larger": weights("box_predictors.2.weight", _times(slice(None), 1.01)),
        "a bias + .001": weights("class_predictors.0.bias", _add((1,), 0.001)),
        "a bias of offsets + .001": weights("box_predictors.1.bias", _add((0,), 0.001)),
        "a batch norm + .001": weights(".beta", _add((0,), 0.001)),
        "weights mirrored": weights(".weight", _mirror),
        "no activation": network_operator("Relu", "Identity"),
        "a sigmoid for an activation": network_operator("Relu", "Sigmoid"),
        "another pooling": network_operator("MaxPool", "AveragePool"),
        "anchors as corners": anchors(lambda each: np.concatenate([each[:, :2] - each[:, 2:] / 2] * 2, axis=1)),
        "anchors x and y swapped": anchors(lambda each: each[:, [1, 0, 3, 2]]),
        "anchors reversed": anchors(lambda each: each[::-1]),
        "anchors 1 % larger": anchors(lambda each: each * [1, 1, 1.01, 1.01]),
        "two anchors exchanged": anchors(_exchanged),
        "anchors of one map moved": anchors(_moved(0.02, 0, slice(-4, None))),
    }
    return wrong


def _narrower(graph: Any) -> None:
    """x1 and x2 five percent nearer to their middle."""
    near, far = 0.975, 0.025
    matrix = [[near, 0, far, 0], [0, 1, 0, 0], [far, 0, near, 0], [0, 0, 0, 1]]
    place, maker = next((index, each) for index, each in enumerate(graph.node) if "clip_0" in each.output)
    maker.output[0] = "clip_0/right"
    graph.node.insert(place + 1, helper.make_node("MatMul", ["clip_0/right", constant(graph, matrix)], ["clip_0"]))


def _without_count(graph: Any) -> None:
    kept = [each for each in graph.output if each.name != "count"]
    del graph.output[:]
    graph.output.extend(kept)


def _chosen_offsets_within(limit: float) -> Wrong:
    """Offsets of those that are decoded, clipped; the network has said the right ones."""

    def edit(graph: Any) -> None:
        _, *others = (
            index for index, each in enumerate(graph.node) if "offsets" in each.output or "offsets" in each.input
        )
        place = others[0]
        (chosen,) = graph.node[place].output
        graph.node[place].output[0] = f"{chosen}/right"
        limits = (constant(graph, -limit), constant(graph, limit))
        graph.node.insert(place + 1, helper.make_node("Clip", [f"{chosen}/right", *limits], [chosen]))

    return edited(edit)


def _small_pictures(graph: Any) -> None:
    place = max(index for index, each in enumerate(graph.node) if each.op_type == "Mul")
    sides = graph.node[place].input[1]
    graph.node[place].input[1] = "sides"
    graph.node.insert(place, helper.make_node("Clip", [sides, "", constant(graph, 2000)], ["sides"]))


def _rounded_scores(graph: Any) -> None:
    place, maker = next((index, each) for index, each in enumerate(graph.node) if "probabilities" in each.output)
    maker.output[0] = "probabilities/right"
    half = helper.make_node("Cast", ["probabilities/right"], ["probabilities/half"], to=TensorProto.FLOAT16)
    graph.node.insert(place + 1, half)
    graph.node.insert(
        place + 2, helper.make_node("Cast", ["probabilities/half"], ["probabilities"], to=TensorProto.FLOAT)
    )


def _sigmoid(graph: Any) -> None:
    found = node(graph, "Softmax")
    found.op_type = "Sigmoid"
    del found.attribute[:]


def _mirror(values: np.ndarray) -> None:
    values[:] = values[..., ::-1].copy()


def _exchanged(values: np.ndarray) -> np.ndarray:
    values[[40, 41]] = values[[41, 40]]
    return values


WRONG = _listing()
