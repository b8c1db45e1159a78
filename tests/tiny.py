"""Detectors so small that they are made, trained and run in a moment."""

from __future__ import annotations

from typing import Any

import numpy as np

import zoo_core as zoo

TINY = {
    "classes": ["circle", "square", "triangle"],
    "input_size": "64x96",
    "backbone": {"name": "tinyssd", "channels": [4, 8, 8, 8]},
    "anchors": {"name": "multibox_prior", "sizes": [[0.2, 0.3], [0.4, 0.5], [0.8, 0.9]]},
    "targets": "multibox",
    "loss": "multibox",
    "data": {"name": "shapes", "train_images": 2, "validation_images": 2},
}
"""Not square, so that height and width cannot be mixed up anywhere."""


SMALL_SHAPES = {
    "input_size": "64x64",
    "backbone.channels": [4] * 3,
    "anchors.sizes": [[0.25, 0.35], [0.7, 0.8]],
    "data.image_size": 64,
    "data.train_images": 16,
    "data.validation_images": 2,
}
"""Overrides of ``tinyssd_shapes``, a step of whose training takes milliseconds."""


def new_sure_detector(source: Any, overrides: Any = None, seed: int = 0) -> zoo.Detector:
    """A detector whose scores differ far more than rounding does; with plain new weights all would be nearly equal."""
    detector = zoo.build(source, overrides)
    from zoo_core.engines.gluon import mx

    rng = np.random.default_rng(seed)
    network = detector.engine.network
    for name, parameter in network.collect_params().items():
        if name.endswith(("running_mean", "running_var")):  # as if it had seen data
            low = 0.5 if name.endswith("var") else -0.2
            parameter.set_data(mx.nd.array(rng.uniform(low, low + 0.4, parameter.shape)))
    image = mx.nd.array(rng.normal(size=(1, 3, *detector.config.input_size)))
    for place, spread in enumerate((2.5, 0.7)):  # of scores, and of numbers
        last = _last_rows(network, detector.plan.scoring)[place]
        for parameter, own in last:
            _set_rows(parameter, own, rng.normal(size=parameter.shape))
        if last:
            scale = spread / network(image)[place].asnumpy().std()
            for parameter, own in last:
                _set_rows(parameter, own, parameter.data().asnumpy() * scale)
    return detector


def _last_rows(network: Any, scoring: Any) -> tuple[list[Any], list[Any]]:
    """The weights of the layers that say the scores of classes, and of those that say numbers; and which rows do."""
    parameters, of_scores, of_numbers = network._collect_params_with_prefix(), [], []
    for layer, rows in network.head.class_rows.items():
        parameter = parameters[f"{layer}.weight"]
        count, first = len(parameter.data()), max(rows.before - scoring.before_classes, 0)
        are_scores = np.arange(count) % (count // rows.anchors) >= first
        of_scores.append((parameter, are_scores))
        if rows.boxes:
            boxes = parameters[f"{rows.boxes}.weight"]
            of_numbers.append((boxes, np.ones(len(boxes.data()), bool)))
        elif first:
            of_numbers.append((parameter, ~are_scores))
    return of_scores, of_numbers


def _set_rows(parameter: Any, own: Any, values: Any) -> None:
    from zoo_core.engines.gluon import mx

    new = parameter.data().asnumpy()
    new[own] = values[own]
    parameter.set_data(mx.nd.array(new))
