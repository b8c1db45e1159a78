"""Every number and list of every setting, at its extremes: refused with a line, or it plans, places and encodes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.sampling import one_in
from tests.tiny import TINY
from zoo_core.boxes.placing import place
from zoo_core.common.errors import ConfigError, TrainingError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.config.plan import plan
from zoo_core.parts.geometry import BoxFormat
from zoo_core.registry.registry import default_registry, make
from zoo_core.training import running

NUMBERS = [
    0,
    -1,
    1,
    31,
    2**31,
    2**63 - 1,
    2**63,
    10**30,
    1e-320,
    1e-45,
    1.2e-38,
    1e-13,
    1e12,
    3e38,
    1e39,
    1e308,
    -1e308,
]
LISTS = [[], [1] * 1000, [[1]], [None], ["x"], {}, {"a": 1}, "x", [float("nan")], [[[1]]]]
MOST_ANCHORS = 50_000

SMALL = {
    **TINY,
    "weights": {"reuse": {"circle": 0}, "classes": ["a"], "freeze": ["backbone"]},
    "training": {"batch_size": 2, "epochs": 1, "augmentation": list(default_registry().components("augmentation"))},
}
LARGE = {
    **SMALL,
    "input_size": 300,
    "backbone": "vgg16_atrous",
    "anchors": "ssd",
    "targets": "ssd",
    "loss": "ssd_multibox",
}
YOLO = {
    **SMALL,
    "backbone": {"name": "mobilenet", "network": "mobilenet0.25"},
    "neck": {"name": "yolo3", "channels": [8, 8, 8]},
    **dict.fromkeys(("anchors", "head", "targets", "loss"), "yolo3"),
    "training": {"batch_size": 2, "epochs": 1, "augmentation": [], "multi_scale": {"multiple_of": 8}, "mixup": {}},
}
CENTERNET = {
    **SMALL,
    "backbone": {"name": "mobilenet", "network": "mobilenet0.25"},
    "neck": {"name": "center_net", "channels": [8, 8, 8]},
    **dict.fromkeys(("anchors", "head", "targets", "loss"), "center_net"),
    "training": {"batch_size": 2, "epochs": 1, "augmentation": []},
}
DENSE = [
    {
        **{name: SMALL[name] for name in ("classes", "input_size", "data")},
        "extends": f"{family}_256_mobilenet0.25_custom",
        "training": {"batch_size": 2, "epochs": 1, "augmentation": []},
    }
    for family in ("retinanet", "fcos")
]
BASES = [
    SMALL,
    {**LARGE, "anchors": {"name": "ssd", "steps": [8, 16, 32, 64, 100, 300]}},
    {**LARGE, "backbone": "expander", "anchors": "ssd_lite"},
    YOLO,
    CENTERNET,
    *DENSE,
    *({**SMALL, "training": {"optimizer": each}} for each in default_registry().components("optimizer")),
    *({**SMALL, "training": {"schedule": each}} for each in default_registry().components("schedule")),
]


def whole(base: dict[str, Any]) -> dict[str, Any]:
    return load_config(base).model_dump(mode="json")


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The numbers, nulls and lists of a configuration, of every list the first and the last item."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list):
        yield path, value
        for place in sorted({0, len(value) - 1}) if value else ():
            yield from leaves(value[place], (*path, place))
    elif value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        yield path, value


def replaced(table: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    table = copy.deepcopy(table)
    inner: Any = table
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return table


def cases() -> Iterator[tuple[str, dict[str, Any], tuple[str | int, ...], list[Any]]]:
    seen = set()
    for base in BASES:
        table = whole(base)
        for path, value in leaves(table):
            names = [table[key].get("name") for key in path[:1] if isinstance(table[key], dict)]
            chosen = [table["training"][key]["name"] for key in path[1:2] if key in ("optimizer", "schedule")]
            name = ".".join(map(str, (*path, *filter(None, [*names, *chosen]))))
            if name not in seen:
                seen.add(name)
                yield name, table, path, LISTS if isinstance(value, list) else NUMBERS


CASES = {name: rest for name, *rest in cases()}


def holds(config: DetectorConfig, changed: str) -> None:
    """The light half and the arrays are right: what is said is finite, and reads back."""
    assert DetectorConfig.model_validate(config.model_dump(mode="json")) == config
    for step, steps in ((1, 1), (1, 10**6), (500_000, 10**6), (10**6, 10**6)):
        rate = config.training.rate(step, steps, 10)
        assert rate == 0 or 1e-30 < rate < 1e12
    if changed not in ("input_size", "backbone", "anchors", "targets"):
        return
    shapes = plan(config)
    assert shapes.bytes_per_image > 0
    if shapes.anchor_count > MOST_ANCHORS:
        return
    anchors = place(config.anchors, shapes)
    boxes = anchors.to(BoxFormat.CORNER_UNIT).boxes
    assert np.isfinite(boxes).all()
    encoder = make(config.targets)
    targets = encoder.encode(anchors, np.array([[0.2, 0.2, 0.6, 0.7]], np.float32), np.array([1]))
    assert np.isfinite(targets.offsets).all()


def read(table: dict[str, Any]) -> DetectorConfig | ConfigError:
    try:
        return load_config(table)
    except ConfigError as error:
        return error


@pytest.mark.parametrize("name", one_in(12, CASES))
def test_extremes_are_refused_or_hold(name):
    table, path, values = CASES[name]
    for value in values:
        config = read(replaced(table, path, value))
        if isinstance(config, ConfigError):
            assert all(len(str(problem)) < 1000 for problem in config.problems)
        else:
            holds(config, str(path[0]))


def test_every_kind_and_group_is_tried():
    tables = [table for table, *_ in CASES.values()]
    for kind in ("anchors", "targets", "loss"):
        assert {table[kind]["name"] for table in tables} == set(default_registry().components(kind))
    assert {table["training"]["optimizer"]["name"] for table in tables} == {*default_registry().components("optimizer")}
    assert {"tinyssd", "vgg16_atrous", "expander"} <= {table["backbone"]["name"] for table in tables}
    assert {path[1] for _, path, _ in CASES.values() if path[0] == "training"} >= {
        "accumulate", "augmentation", "batch_size", "checkpoints", "clip_gradient", "clip_norm", "ema_decay", "epochs",
        "learning_rate", "log_every", "optimizer", "patience", "schedule", "score_every", "seed", "warmup_epochs",
        "warmup_start", "warmup_steps", "weight_decay", "workers",
    }  # fmt: skip


_TRAINED = ("training", "loss", "targets", "nms", "normalization", "head")
_LONG = {"epochs", "attempts", "workers"}
"""Settings of which a large value is right, and takes long."""


TRAINED = [
    name
    for name, (table, path, values) in CASES.items()
    if path[0] in _TRAINED and values is NUMBERS and table["backbone"]["name"] == "tinyssd" and path[-1] not in _LONG
]


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_what_is_let_through_trains_or_ends_with_a_line_of_ours(tmp_path, name):
    table, path, _ = CASES[name]
    taken = sorted(value for value in NUMBERS if isinstance(read(replaced(table, path, value)), DetectorConfig))
    for number, value in enumerate(dict.fromkeys([*taken[:1], *taken[-1:]])):
        config = {**replaced(table, path, value), "data": SMALL["data"], "weights": {}}
        config["training"]["epochs"] = 1
        ready = running.begin(load_config(config), tmp_path / str(number))
        try:
            steps = list(ready._training.steps())
            assert steps[-1].step == len(steps) == steps[-1].steps
        except TrainingError as error:
            assert "the loss" in str(error)  # noqa: PT017 -- it may also end well
