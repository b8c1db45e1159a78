"""What is done instead of `assemble`, to write a file that is wrong in one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
from onnx import helper, numpy_helper

from zoo_core.engines.onnx.assembling import assemble

Wrong = Callable[..., Any]


def asked(**changes: Callable[[Any], Any]) -> Wrong:
    """`assemble`, with one of its arguments another."""

    def wrong(*given: Any) -> Any:
        arguments = dict(zip(signature(assemble).parameters, given, strict=True))
        return assemble(**arguments | {name: change(arguments[name]) for name, change in changes.items()})

    return wrong


def edited(edit: Callable[[Any], None]) -> Wrong:
    """What `assemble` gives, with something changed in its graph."""

    def wrong(*arguments: Any) -> Any:
        model = assemble(*arguments)
        edit(model.graph)
        return model

    return wrong


def nms(**changes: Any) -> Wrong:
    return asked(config=lambda config: config.model_copy(update={"nms": config.nms.model_copy(update=changes)}))


def normalization(**changes: Any) -> Wrong:
    def change(config: Any) -> Any:
        return config.model_copy(update={"normalization": config.normalization.model_copy(update=changes)})

    return asked(config=change)


def anchors(change: Callable[[np.ndarray], np.ndarray]) -> Wrong:
    def moved(anchors: Any) -> Any:
        boxes = change(anchors.boxes.astype(np.float64).copy()).astype(np.float32)
        return replace(anchors, boxes=boxes, priors=boxes)

    return asked(anchors=moved)


def constant(graph: Any, value: Any, dtype: Any = np.float32) -> str:
    name = f"tampered_{len(graph.initializer)}"
    graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype), name))
    return name


def behind(tensor: str, kind: str, *values: Any, dtype: Any = np.float32, **attributes: Any) -> Wrong:
    """One more operator behind a tensor, whose name the result takes over."""

    def edit(graph: Any) -> None:
        place, maker = next((index, node) for index, node in enumerate(graph.node) if tensor in node.output)
        maker.output[list(maker.output).index(tensor)] = f"{tensor}/right"
        inputs = [f"{tensor}/right", *(constant(graph, value, dtype) for value in values)]
        graph.node.insert(place + 1, helper.make_node(kind, inputs, [tensor], **attributes))

    return edited(edit)


def columns(tensor: str, order: list[int], axis: int = -1) -> Wrong:
    return behind(tensor, "Gather", order, dtype=np.int64, axis=axis)


def node(graph: Any, kind: str, number: int = 0) -> Any:
    own = [each for each in graph.node if each.op_type == kind and not each.name.startswith("network/")]
    return own[number]


def operator(kind: str, instead: str, number: int = 0) -> Wrong:
    def edit(graph: Any) -> None:
        found = node(graph, kind, number)
        found.op_type = instead
        if instead in {"Identity", "Relu"}:
            del found.input[1:]
            del found.attribute[:]

    return edited(edit)


def attribute(kind: str, number: int = 0, **values: Any) -> Wrong:
    def edit(graph: Any) -> None:
        found = node(graph, kind, number)
        kept = [each for each in found.attribute if each.name not in values]
        del found.attribute[:]
        found.attribute.extend([*kept, *(helper.make_attribute(name, value) for name, value in values.items())])

    return edited(edit)


def argument(kind: str, place: int, value: Any, number: int = 0, dtype: Any = np.int64) -> Wrong:
    """A constant that an operator takes, another."""

    def edit(graph: Any) -> None:
        node(graph, kind, number).input[place] = constant(graph, value, dtype)

    return edited(edit)


def weights(part: str, change: Callable[[np.ndarray], Any]) -> Wrong:
    """The first weights of the network whose name has this part, changed in place."""

    def edit(graph: Any) -> None:
        tensor = next(each for each in graph.initializer if each.name.startswith("network/") and part in each.name)
        values = numpy_helper.to_array(tensor).copy()
        change(values)
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))

    return edited(edit)


def network_operator(kind: str, instead: str) -> Wrong:
    def edit(graph: Any) -> None:
        found = next(each for each in graph.node if each.op_type == kind and each.name.startswith("network/"))
        found.op_type = instead

    return edited(edit)


def stds(factors: list[float]) -> Wrong:
    """Decoded with other standard deviations."""

    def change(decode: Any) -> Any:
        return lambda graph, offsets, own: decode(
            graph, graph.op("Mul", offsets, graph.constant(factors, np.float32)), own
        )

    return asked(decode=change)
