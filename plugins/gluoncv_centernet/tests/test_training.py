"""It learns on both engines, goes on exactly where it was stopped, and is exported."""

import math

import numpy as np
import pytest

import zoo_core as zoo
from tests.by_heart import learns_by_heart
from zoo_core.engines.params_file import read_params
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

NAME = "center_net_resnet18_v1b_custom"
RECIPE = {
    "classes": ["circle", "square", "triangle"],
    "input_size": "64x96",
    "data": {"name": "shapes", "train_images": 6, "validation_images": 2},
    "training.epochs": 2,
    "training.batch_size": 2,
    "training.workers": 0,
    "training.score_every": None,
}


class StoppedError(Exception):
    """What the watcher of a training raises to stop it."""


def steps_of(detector):
    batches = batches_for(detector, zoo.dataset(detector.config, "train"))
    return TrainingLoop(detector.config, detector.engine, batches).steps()


@pytest.mark.slow
def test_every_weight_learns():
    detector = zoo.build(NAME, RECIPE | {"training.epochs": 1})
    parameters = detector.engine.network._collect_params_with_prefix()
    fresh = {each: value.data().asnumpy() for each, value in parameters.items()}
    steps = list(steps_of(detector))
    assert all(math.isfinite(step.loss) and min(step.class_loss, step.box_loss) > 0 for step in steps)
    assert not {each for each, value in parameters.items() if (value.data().asnumpy() == fresh[each]).all()}


@pytest.mark.slow
def test_it_learns_a_few_pictures_by_heart():
    overrides = {
        **RECIPE,
        "input_size": "96x96",
        "data.train_images": 4,
        "training.epochs": 80,
        "training.batch_size": 4,
        "training.learning_rate": 0.001,
        "training.augmentation": [],
    }
    learns_by_heart(zoo.build(NAME, overrides))


@pytest.mark.slow
def test_training_and_outputs_on_pytorch_are_those_of_mxnet():
    losses, said = [], []
    for engine in ("mxnet", "torch"):
        detector = zoo.build(NAME, RECIPE | {"engine": engine, "device": "cpu"})
        image = zoo.dataset(detector.config)[0].image
        said.append(detector.engine.outputs(detector.network_input(image)[None]))
        losses.append([(step.class_loss, step.box_loss) for step, _ in zip(steps_of(detector), range(3), strict=False)])
    for here, there in zip(*said, strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-5, atol=1e-5 * np.abs(there).max())
    np.testing.assert_allclose(losses[1][0], losses[0][0], rtol=1e-5)
    # Adam divides by how large a gradient is, so that what was rounded in a small one grows.
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-2)


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """A run of six steps, and the steps."""
    steps = []
    return zoo.train(NAME, tmp_path_factory.mktemp("straight") / "run", RECIPE, watch=steps.append), steps


@pytest.mark.slow
def test_it_goes_on_exactly_where_it_was_stopped(straight, tmp_path):
    def stop(step):
        if step.number == 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        zoo.train(NAME, tmp_path / "run", RECIPE | {"training.checkpoints.every_steps": 2}, watch=stop)
    steps = []
    resumed = zoo.resume(tmp_path / "run", watch=steps.append)
    assert [(step.number, step.loss) for step in steps] == [(step.number, step.loss) for step in straight[1][4:]]
    one, other = (read_params(run.folder / "weights.params") for run in (straight[0], resumed))
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


@pytest.mark.slow
def test_it_is_exported_and_read_back(straight, tmp_path):
    """With pictures of another aspect ratio than the input's, and in int8."""
    detector = zoo.load(straight[0].folder)
    report = zoo.export(detector, tmp_path / "detector.onnx")
    assert report.parity.detections > 1000
    exported, image = zoo.load(tmp_path / "detector.onnx"), zoo.dataset(detector.config)[0].image[:60, :50]
    ours, theirs = detector.predict(image), exported.predict(image)
    np.testing.assert_array_equal(ours.labels, theirs.labels)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=0.01)
    zoo.export(detector, tmp_path / "int8.onnx", int8=zoo.dataset(detector.config, "train"))
    assert len(zoo.load(tmp_path / "int8.onnx").predict(image))
