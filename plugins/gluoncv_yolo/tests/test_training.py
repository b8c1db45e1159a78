"""It learns at several sizes from blended images, goes on exactly where it was stopped, and is exported."""

import numpy as np
import pytest

import zoo_core as zoo
from tests.by_heart import learns_by_heart
from zoo_core.engines.params_file import read_params
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

RECIPE = {
    "classes": ["circle", "square", "triangle"],
    "input_size": 64,
    "data": {"name": "shapes", "train_images": 6, "validation_images": 2},
    "loss": {"name": "yolo3", "label_smoothing": True},
    "training.multi_scale": {"largest": 1.5, "every": 1},
    "training.mixup": {},
    "training.learning_rate": 1e-4,
    "training.epochs": 2,
    "training.batch_size": 2,
    "training.workers": 0,
    "training.score_every": None,
}


NAME = "yolo3_mobilenet0.25_custom"


class StoppedError(Exception):
    """What the watcher of a training raises to stop it."""


@pytest.mark.slow
def test_it_learns_at_several_sizes():
    detector = zoo.build(NAME, RECIPE)
    batches = batches_for(detector, zoo.dataset(detector.config, "train"))
    steps, sizes = [], set()
    for step in TrainingLoop(detector.config, detector.engine, batches).steps():
        steps.append(step)
        sizes.add(batches.size_of(step.number - 1))
        if len(sizes) == 2:
            break
    assert sizes == {(64, 64), (96, 96)}
    assert all(np.isfinite(step.loss) and min(step.class_loss, step.box_loss) > 0 for step in steps)


@pytest.mark.slow
def test_it_learns_a_few_pictures_by_heart():
    overrides = {
        **RECIPE,
        "input_size": 128,
        "data.train_images": 4,
        "loss": "yolo3",
        "training.multi_scale": None,
        "training.mixup": None,
        "training.augmentation": [],
        "training.optimizer": "adam",
        "training.learning_rate": 0.001,
        "training.schedule": "cosine",
        "training.weight_decay": 0,
        "training.warmup_epochs": 0,
        "training.epochs": 90,
        "training.batch_size": 4,
    }
    learns_by_heart(zoo.build(NAME, overrides))


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
    detector = zoo.load(straight[0].folder)
    report = zoo.export(detector, tmp_path / "detector.onnx")
    assert report.parity.detections > 1000
    exported, image = zoo.load(tmp_path / "detector.onnx"), zoo.dataset(detector.config)[0].image[:64, :64]
    ours, theirs = detector.predict(image), exported.predict(image)
    np.testing.assert_array_equal(ours.labels, theirs.labels)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=0.01)
