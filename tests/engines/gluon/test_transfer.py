"""Training that begins from other weights: which rows are kept, what begins anew, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.common.errors import ConfigError, RunError
from zoo_core.common.tables import from_yaml
from zoo_core.engines.gluon.weights import parameters_of

TINY = {"backbone.channels": [4, 4, 4, 8, 8, 8], "backbone.first_output": 3}
NEW = ["dog", "square", "cat"]


@pytest.fixture(scope="module")
def old():
    """A detector of circle, square and triangle whose every number is known."""
    detector = zoo.build("tinyssd_shapes", {**TINY, "training.seed": 5})
    return {name: each.data().asnumpy() for name, each in parameters_of(detector.engine.network).items()}, detector


@pytest.fixture(scope="module")
def source(old, tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "tinyssd_shapes.params"
    old[1].engine.save(path)
    return str(path)


def begun(source, **weights):
    overrides = {**TINY, "classes": NEW, "data": None, "weights": {"source": source, **weights}}
    return zoo.build("tinyssd_shapes", overrides)


@pytest.fixture(scope="module")
def fresh():
    """The weights from which a detector of the new classes begins by itself."""
    return arrays(zoo.build("tinyssd_shapes", {**TINY, "classes": NEW, "data": None}))


def arrays(detector):
    return {name: each.data().asnumpy() for name, each in parameters_of(detector.engine.network).items()}


def rows(values, place):
    """Of a class (0 is the background) at each of the four anchors of a cell."""
    return values.reshape(4, -1, *values.shape[1:])[:, place]


@pytest.mark.parametrize(
    ("weights", "kept"),
    [
        ({}, {2: 2}),
        ({"reuse": {"dog": "triangle", "cat": "circle"}}, {1: 3, 3: 1}),
        ({"reuse": {0: 2, "cat": 0}}, {1: 3, 3: 1}),
        ({"reuse": {"dog": 2, "2": "circle"}}, {1: 3, 3: 1}),
        ({"reuse": {}}, {}),
        ({"classes": ["cat", "dog", "bird"]}, {1: 2, 3: 1}),
        ({"classes": ["cat", "dog", "bird"], "reuse": {"square": "bird"}}, {2: 3}),
    ],
)
def test_rows_of_shared_classes_are_kept_and_the_others_are_new(old, source, fresh, weights, kept):
    before = old[0]
    after = arrays(begun(source, **weights))
    for name, values in after.items():
        if not name.startswith("class_predictors"):
            np.testing.assert_array_equal(values, before[name])
            continue
        np.testing.assert_array_equal(rows(values, 0), rows(before[name], 0))
        for place in (1, 2, 3):
            expected = rows(before[name], kept[place]) if place in kept else rows(fresh[name], place)
            np.testing.assert_array_equal(rows(values, place), expected)


def test_places_in_a_configuration_read_back_to_the_same():
    config = zoo.load_config("tinyssd_shapes", {"weights.reuse": {0: 2, "square": "circle"}})
    assert config.weights.reuse == {"0": 2, "square": "circle"}
    assert zoo.load_config(from_yaml(config.to_yaml())) == config


def test_the_report_says_layer_by_layer_what_became_of_it(source):
    report = begun(source, reuse={"cat": "circle"}).engine.transfer
    fates = {layer.name: layer for layer in report.layers}
    assert fates["box_predictors.0.weight"].fate == "loaded"
    assert fates["class_predictors.4.bias"] == (
        "class_predictors.4.bias",
        "in part",
        "rows of dog, square are new",
    )
    assert report.summary.startswith(f"{source}: ")
    assert "in part   class_predictors.0.weight" in str(report)


def test_what_has_another_shape_begins_anew_with_the_cause(source):
    report = zoo.build("tinyssd_shapes", {**TINY, "head.kernel": 1, "weights.source": source}).engine.transfer
    told = {layer.name: layer.why for layer in report.layers if layer.fate == "new"}
    assert told["class_predictors.0.weight"] == told["box_predictors.0.weight"]
    assert "(16, 4, 3, 3) in the source, (16, 4, 1, 1) in the network" in told["box_predictors.0.weight"]
    assert "its predictors have kernels of 3, not 1: set head.kernel" in told["box_predictors.0.weight"]
    wider = {"backbone.channels": [4, 4, 4, 8, 8, 16], "weights.source": source}
    report = zoo.build("tinyssd_shapes", {**TINY, **wider}).engine.transfer
    told = {layer.name: layer.why for layer in report.layers if layer.fate == "new"}
    assert any("another backbone, or different settings of it" in why for why in told.values())
    assert "its backbone gives 8 channels to map 4, not 16" in told["class_predictors.3.weight"]


def test_one_by_one_heads_stay_so(tmp_path):
    """GluonCV's reset_class makes them 3x3."""
    lite = zoo.build("tinyssd_shapes", {**TINY, "head.kernel": 1})
    lite.engine.save(tmp_path / "lite.params")
    changed = zoo.build(
        "tinyssd_shapes",
        {**TINY, "head.kernel": 1, "classes": NEW, "data": None, "weights.source": str(tmp_path / "lite.params")},
    )
    assert changed.engine.network.class_predictors[0].weight.shape[2:] == (1, 1)


def test_frozen_parameters_do_not_learn_and_the_others_do(source, tmp_path):
    small = {"data.train_images": 4, "data.validation_images": 1, "training.batch_size": 4, "training.epochs": 1}
    frozen = {"weights.source": source, "weights.freeze": ["backbone.blocks.0", "*_predictors.1.*"]}
    run = zoo.train("tinyssd_shapes", tmp_path / "run", {**TINY, **small, **frozen})
    before, after = (
        arrays(zoo.build("tinyssd_shapes", {**TINY, "weights.source": source})),
        arrays(zoo.load(run.folder)),
    )
    changed = {name for name in before if (before[name] != after[name]).any()}
    held = {name for name in before if name.startswith("backbone.blocks.0.") or "_predictors.1." in name}
    assert {name for name in changed & held if "running" not in name} == set()
    assert {"backbone.blocks.1.0.weight", "box_predictors.0.weight", "class_predictors.0.weight"} <= changed
    assert "loaded" in (run.folder / "transfer.txt").read_text()
    assert zoo.load_config(run.folder / "config.yaml") == run.config


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"reuse": {"dgo": "circle"}}, "weights.reuse: this detector has no class 'dgo'; did you mean 'dog'"),
        ({"reuse": {"dog": "circel"}}, "weights.reuse: the source has no class 'circel'; did you mean 'circle'"),
        ({"reuse": {"dog": 3}}, "weights.reuse: the source has 3 classes, counted from 0, but no 3"),
        ({"classes": ["a", "b"]}, "weights.classes: has 2 names, but the source was trained for 3 classes"),
        ({"freeze": ["backbon"]}, "weights.freeze: 'backbon' matches no parameter"),
        (
            {"freeze": ["backbone", "*_predictors.*"]},
            "weights.freeze: 'backbone', '*_predictors.*' freeze every parameter, which leaves nothing to train",
        ),
    ],
)
def test_classes_and_patterns_that_do_not_exist_are_told(source, weights, message):
    with pytest.raises(ConfigError) as told:
        begun(source, **weights)
    assert message in str(told.value)


def test_names_of_classes_that_are_not_known_are_asked_for(source, tmp_path):
    nameless = tmp_path / "mine.params"
    nameless.write_bytes(Path(source).read_bytes())
    with pytest.raises(ConfigError, match="the names of the classes of the source are not known"):
        begun(str(nameless), reuse={"dog": "circle"})
    report = begun(str(nameless), reuse={"dog": 0}).engine.transfer
    assert any(layer.why == "rows of square, cat are new" for layer in report.layers)
    # As many classes, and no names: they are taken for the same.
    assert {layer.fate for layer in begun(str(nameless)).engine.transfer.layers} == {"loaded"}


def test_weights_of_which_nothing_fits_are_refused(tmp_path):
    from zoo_core.engines.gluon import mx

    mx.nd.save(str(tmp_path / "other.params"), {"something": mx.nd.zeros(3)})
    with pytest.raises(RunError, match="nothing in it fits this network; its first parameters: something"):
        begun(str(tmp_path / "other.params"))
