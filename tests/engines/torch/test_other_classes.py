"""Without MXNet a network is made for other classes and other sizes from what a run has kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo_core as zoo
from tests.engines.torch.test_engine import TINY, require_close
from zoo_core.boxes.encoding import encode_batch
from zoo_core.config.batching import MixupSettings
from zoo_core.config.loading import load_config
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.gluon.engine import GluonEngine
from zoo_core.engines.gluon.graphs import loss_graph
from zoo_core.engines.initializers import Initializer, drawn
from zoo_core.engines.network_file import NetworkFile
from zoo_core.engines.torch import opening

OLD = ["circle", "square", "triangle"]
NEW = ["dog", "square", "cat", "circle", "bird"]
NAMES = ["tinyssd_256_voc", "fcos_256_mobilenet0.25_custom", "yolo3_mobilenet0.25_custom"]


@pytest.fixture
def without_mxnet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is made of what a run has kept, as where MXNet is not installed."""
    monkeypatch.setattr(opening, "has_mxnet", lambda: False)


def kept(folder: Path, name: str, overrides: dict[str, Any]) -> zoo.Detector:
    """A detector of MXNet, written as a run without training."""
    detector = zoo.build(name, {"device": "cpu", "engine": "mxnet", **overrides})
    folder.mkdir()
    (folder / "config.yaml").write_text(detector.config.to_yaml())
    detector.engine.graphs().write(folder / "network.json")
    detector.engine.save(folder / "weights.params")
    return detector


def tiny_run(folder: Path) -> zoo.Detector:
    return kept(folder, "tinyssd_shapes", TINY)


def begun(folder: Path, **overrides: Any) -> zoo.Detector:
    source = {"weights.source": str(folder), "engine": "torch", "data": None}
    return zoo.build(load_config(folder / "config.yaml", {**source, **overrides}))


def batch_of(detector: zoo.Detector) -> Batch:
    """An image of noise with an object, and one without."""
    images = np.random.default_rng(1).normal(size=(2, 3, *detector.config.input_size)).astype(np.float32)
    boxes = [np.array([[0.1, 0.2, 0.6, 0.9]], np.float32), np.zeros((0, 4), np.float32)]
    labels = [np.array([1]), np.zeros(0, np.int64)]
    targets = encode_batch(detector.encoder, detector.anchors, boxes, labels, detector.config.soft_class_count)
    return Batch(images, targets, ())


def on_mxnet(detector: zoo.Detector, folder: Path) -> GluonEngine:
    """The same weights on MXNet, which makes the network anew."""
    weights = folder / "again.params"
    detector.engine.save(weights)
    return GluonEngine(detector.config, weights)


def require_same_outputs(detector: zoo.Detector, folder: Path) -> None:
    theirs = on_mxnet(detector, folder)
    images = np.random.default_rng(1).normal(size=(1, 3, *detector.config.input_size)).astype(np.float32)
    for here, there in zip(detector.engine.outputs(images), theirs.outputs(images), strict=True):
        require_close(here, there, 1e-5)


@pytest.mark.usefixtures("without_mxnet")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        (NAMES[0], 5),
        *(pytest.param(name, count, marks=pytest.mark.slow) for name, count in zip(NAMES[1:], (1, 5), strict=True)),
    ],
)
def test_a_network_for_other_classes_is_that_of_mxnet(tmp_path: Path, name: str, count: int) -> None:
    small = {"classes": ["cat", "dog"], "input_size": "64x96"}
    kept(tmp_path / "run", name, small)
    require_same_outputs(begun(tmp_path / "run", classes=[f"class {index}" for index in range(count)]), tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("without_mxnet")
@pytest.mark.parametrize("name", sorted(zoo.detectors()))
def test_every_registered_detector_follows_its_classes(tmp_path: Path, name: str) -> None:
    kept(tmp_path / "run", name, {"classes": ["cat", "dog"], "data": None})
    require_same_outputs(begun(tmp_path / "run", classes=["one"]), tmp_path)


@pytest.mark.usefixtures("without_mxnet")
def test_rows_of_shared_classes_are_kept_and_the_others_are_new(tmp_path: Path) -> None:
    before = tiny_run(tmp_path / "run").engine.arrays()
    detector = begun(tmp_path / "run", classes=NEW)
    after = detector.engine.network.arrays()
    old, new = (each["class_predictors.0.weight"].reshape(4, -1, 4, 3, 3) for each in (before, after))
    for there, here in {0: 0, 1: 4, 2: 2}.items():
        np.testing.assert_array_equal(new[:, here], old[:, there])
    limit = np.sqrt(3 / ((4 + new.shape[0] * new.shape[1]) * 9 / 2))
    fresh = new[:, [1, 3, 5]]
    assert 0.9 * limit < np.abs(fresh).max() <= limit
    np.testing.assert_array_equal(after["class_predictors.0.bias"].reshape(4, -1)[:, [1, 3, 5]], 0)
    np.testing.assert_array_equal(after["box_predictors.0.weight"], before["box_predictors.0.weight"])
    assert "40 loaded, 4 in part" in detector.engine.transfer.summary
    assert "rows of dog, cat, bird are new" in str(detector.engine.transfer)
    again = begun(tmp_path / "run", classes=NEW).engine.network.arrays()
    np.testing.assert_array_equal(again["class_predictors.0.weight"], after["class_predictors.0.weight"])


@pytest.mark.usefixtures("without_mxnet")
def test_equally_many_classes_in_another_order_keep_their_rows(tmp_path: Path) -> None:
    before = tiny_run(tmp_path / "run").engine.arrays()["class_predictors.1.bias"].reshape(4, -1)
    order = [OLD[2], OLD[0], OLD[1]]
    after = begun(tmp_path / "run", classes=order).engine.network.arrays()["class_predictors.1.bias"].reshape(4, -1)
    np.testing.assert_array_equal(after, before[:, [0, 3, 1, 2]])


@pytest.mark.slow
@pytest.mark.usefixtures("without_mxnet")
def test_a_run_of_other_classes_can_be_gone_on_from_in_turn(tmp_path: Path) -> None:
    tiny_run(tmp_path / "run")
    second = begun(tmp_path / "run", classes=NEW)
    (tmp_path / "second").mkdir()
    second.engine.save(tmp_path / "second" / "weights.params")
    second.engine.graphs().write(tmp_path / "second" / "network.json")
    (tmp_path / "second" / "config.yaml").write_text(load_config(second.config, {"weights.source": None}).to_yaml())
    third = begun(tmp_path / "second", classes=["one"])
    assert third.engine.network.arrays()["class_predictors.0.bias"].shape == (8,)
    require_same_outputs(third, tmp_path)


@pytest.mark.usefixtures("without_mxnet")
@pytest.mark.parametrize("size", ["71x93", "128x64"])
def test_another_input_size(tmp_path: Path, size: str) -> None:
    tiny_run(tmp_path / "run")
    require_same_outputs(zoo.load(tmp_path / "run", {"input_size": size, "engine": "torch"}), tmp_path)


@pytest.mark.usefixtures("without_mxnet")
def test_a_graph_for_one_size_is_refused_at_another(tmp_path: Path) -> None:
    tiny_run(tmp_path / "run")
    path = tmp_path / "run" / "network.json"
    written = json.loads(path.read_text())
    last = next(each for each in reversed(written["network"]["nodes"]) if each["operator"] == "Reshape")
    last["attributes"]["shape"] = [0, 999, 4]
    path.write_text(json.dumps(written))
    with pytest.raises(zoo.RunError, match=r"network.json: this network cannot be run at 64x64: shape"):
        zoo.load(tmp_path / "run", {"engine": "torch"})


@pytest.mark.usefixtures("without_mxnet")
def test_files_of_before_are_read_and_say_how_to_renew_them(tmp_path: Path) -> None:
    tiny_run(tmp_path / "run")
    path = tmp_path / "run" / "network.json"
    written = json.loads(path.read_text())
    del written["growth"], written["class_rows"]
    path.write_text(json.dumps(written))
    assert begun(tmp_path / "run").engine.transfer is not None
    for classes in (NEW, OLD[::-1]):
        with pytest.raises(zoo.RunError, match=r"zoo convert .*run, where MXNet is installed, writes it"):
            begun(tmp_path / "run", classes=classes)
    with pytest.raises(zoo.RunError, match="zoo convert"):
        begun(tmp_path / "run", **{"weights.reuse": {"circle": "square"}})
    zoo.convert(tmp_path / "run")
    assert begun(tmp_path / "run", classes=NEW).engine.transfer is not None


def test_a_loss_that_weighs_objects_is_another_one(tmp_path: Path) -> None:
    config = tiny_run(tmp_path / "run").config
    path = tmp_path / "run" / "network.json"
    training = config.training.model_copy(update={"mixup": MixupSettings()})
    with pytest.raises(zoo.RunError, match=r"was made for another training\.mixup"):
        NetworkFile.read(path).fitted(config.model_copy(update={"training": training}), path)


@pytest.mark.usefixtures("without_mxnet")
def test_a_loss_that_weighs_objects_goes_on_without_weights(tmp_path: Path) -> None:
    """Where nothing is blended any more, the loss is that of a detector that never was."""
    yolo = {"loss": "yolo3", "targets": "yolo3", "training.mixup": {}}
    blended = kept(tmp_path / "run", "tinyssd_shapes", {**TINY, **yolo})
    without = {"training.mixup": None}
    detector = begun(tmp_path / "run", **without)
    batch = batch_of(detector)
    losses = detector.engine.learner(detector.config, 2).forward_backward(batch)
    never = replace(blended.engine.graphs(), loss=loss_graph(detector.config)[0])
    never.write(tmp_path / "run" / "network.json")
    plain = begun(tmp_path / "run", **without)
    assert "weights" not in plain.engine.graphs().loss.inputs
    assert losses == pytest.approx(plain.engine.learner(plain.config, 2).forward_backward(batch), rel=1e-6)


@pytest.mark.usefixtures("without_mxnet")
@pytest.mark.parametrize(
    ("path", "damage"),
    [
        (("class_rows", "class_predictors.0"), [4, {}, None]),
        (("growth", "weights", "class_predictors.0.bias", "step"), [1.5]),
        (("growth", "weights", "class_predictors.0.bias", "step"), [4, 4]),
        (("growth", "weights", "class_predictors.0.bias", "shape"), [float("inf")]),
        (("growth", "weights", "class_predictors.0.weight", "initializer"), ["he", {}]),
        (("growth", "weights", "class_predictors.0.weight", "initializer"), ["xavier", {"factor_type": None}]),
        (("growth", "weights", "class_predictors.0.weight", "initializer"), ["normal", {"sigma": "much"}]),
        (("made_for", "number of classes"), float("inf")),
    ],
)
def test_what_is_said_of_other_classes_is_damaged(tmp_path: Path, path: tuple[str, ...], damage: object) -> None:
    tiny_run(tmp_path / "run")
    file = tmp_path / "run" / "network.json"
    written = json.loads(file.read_text())
    table = written
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = damage
    file.write_text(json.dumps(written))
    with pytest.raises(zoo.RunError, match=r"network\.json: damaged"):
        begun(tmp_path / "run", classes=NEW)


@pytest.mark.usefixtures("without_mxnet")
def test_what_is_not_a_file_of_weights_is_told_as_that(tmp_path: Path) -> None:
    """And not that its network is missing, which `zoo convert` would write beside it."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0 and so on")
    with pytest.raises(zoo.RunError, match=r"photo\.jpg: damaged, or not a file of MXNet weights"):
        zoo.build("tinyssd_shapes", {**TINY, "engine": "torch", "weights.source": photo})


def test_steps_that_are_not_those_of_the_graph_are_damage(tmp_path: Path) -> None:
    tiny_run(tmp_path / "run")
    path = tmp_path / "run" / "network.json"
    written = json.loads(path.read_text())
    for steps in ({"9999": {"num_filter": 4}}, {"1": {"kernel_of_nobody": 4}}, {"-": {}}):
        path.write_text(json.dumps({**written, "growth": {**written["growth"], "network": steps}}))
        with pytest.raises(zoo.RunError, match="damaged"):
            NetworkFile.read(path)
    written["growth"]["weights"]["class_predictors.0.bias"]["shape"] = [{}]
    for damage in ({"growth": written["growth"]}, {"others": {"again": "of nobody"}}):
        path.write_text(json.dumps(written | damage))
        with pytest.raises(zoo.RunError, match="damaged"):
            NetworkFile.read(path)


INITIALIZERS = [
    ("xavier", {"rnd_type": "uniform", "factor_type": "avg", "magnitude": 3}),
    ("xavier", {"rnd_type": "gaussian", "factor_type": "in", "magnitude": 2}),
    ("msraprelu", {"factor_type": "out", "slope": 0.1}),
    ("normal", {"sigma": 0.02}),
    ("uniform", {"scale": 0.1}),
    ("constant", {"value": -4.6}),
    ("zeros", {}),
    ("one", {}),
]


@pytest.mark.parametrize(("name", "settings"), INITIALIZERS)
def test_weights_begin_as_those_of_mxnet(name: str, settings: dict[str, Any]) -> None:
    from zoo_core.engines.gluon import mx

    shape = (40, 30, 3, 5)
    array = mx.nd.zeros(shape)
    mx.init.create(json.dumps([name, settings]))._init_weight(mx.init.InitDesc("weight"), array)
    theirs, ours = array.asnumpy(), drawn(Initializer(name, settings), shape, np.random.default_rng(0))
    assert ours.dtype == np.float32
    for quantile in (0.0, 0.1, 0.5, 0.9, 1.0):
        there, here = (float(np.quantile(each, quantile)) for each in (theirs, ours))
        tolerance = 0.15 if quantile in (0.0, 1.0) else 0.03
        assert here == pytest.approx(there, abs=tolerance * float(np.abs(theirs).max()))
