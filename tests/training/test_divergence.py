"""A loss that is lost stops the training, and says all that helps to find out why."""

import re

import cv2
import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import TrainingError
from zoo_core.engines.gluon.learner import GluonLearner
from zoo_core.engines.gradient_report import largest_gradients
from zoo_core.engines.params_file import read_params
from zoo_core.training import batch_sheet as pictures
from zoo_core.training.batch_sheet import batch_sheet
from zoo_core.training.divergence import LossWatch, diverged
from zoo_core.training.running import begin
from zoo_core.training.session import batches_for


def told(overrides, out):
    """What a training says when its loss is lost, and the step at which that is."""
    with pytest.raises(TrainingError) as error:
        zoo.train("tinyssd_shapes", out, overrides)
    message = str(error.value)
    return message, int(re.search(r"at step (\d+) in epoch \d+ ", message)[1])


@pytest.fixture
def nan_at_step(monkeypatch):
    """Lets the loss of a step be NaN, which no setting that is allowed does for sure."""

    def at(number):
        learn, calls = GluonLearner.forward_backward, []

        def spoilt(learner, batch):
            calls.append(batch)
            class_loss, box_loss = learn(learner, batch)
            return (float("nan") if len(calls) == number else class_loss), box_loss

        monkeypatch.setattr(GluonLearner, "forward_backward", spoilt)

    return at


@pytest.mark.parametrize(
    ("lost_at", "what"),
    [
        pytest.param(6, "is no longer a number", id="nan"),
        pytest.param(
            None, r"has exploded \(it was [\d.e+]+ at the beginning\)", id="exploding", marks=pytest.mark.slow
        ),
    ],
)
def test_a_lost_loss_stops_with_all_that_helps(tmp_path, tiny, nan_at_step, lost_at, what):
    if lost_at:
        nan_at_step(lost_at)
    rate = 0.01 if lost_at else 40.0
    overrides = tiny(learning_rate=rate, schedule="constant", warmup_steps=0, optimizer="sgd", epochs=8)
    message, step = told(overrides, tmp_path / "run")
    assert re.match(
        rf"the loss {what} at step \d+ in epoch {(step - 1) // 4 + 1} \(classes \S+, boxes \S+\)\n", message
    )
    detector = zoo.build(zoo.load_config("tinyssd_shapes", overrides))
    batch = batches_for(detector, zoo.dataset(detector.config, "train"))[step - 1]
    assert f"images of the batch: {', '.join(batch.image_ids)}\n" in message
    assert "largest gradients: " in message
    assert "training.learning_rate" in message
    picture = tmp_path / "run" / f"batch-{step:08}.png"
    assert f"drawn in {picture}" in message
    expected = batch_sheet([batch], detector, f"step {step}: what is taught")
    np.testing.assert_array_equal(cv2.imread(str(picture))[:, :, ::-1], expected)


def test_the_command_line_tells_it_without_a_traceback(tmp_path, tiny, nan_at_step, capsys):
    nan_at_step(2)
    overrides = [f"--set={key}={value}" for key, value in tiny().items()]
    assert main(["train", "tinyssd_shapes", "--out", str(tmp_path / "run"), *overrides]) == 1
    shown = capsys.readouterr().err
    assert "is no longer a number at step" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("gradients", "expected"),
    [
        ({"small": [1, 0], "large": [3, 4], "most": [6, 8]}, "most 10, large 5, small 1"),
        ({"nan": [float("nan")], "inf": [float("inf")], "a": [2]}, "a 2, 2 of 3 are not finite numbers"),
        ({"nan": [float("nan"), 1], "dead": [0]}, "1 of 2 are not finite numbers"),
        ({"dead": [0]}, "all are 0"),
        ({str(size): [size] for size in range(1, 9)}, "8 8, 7 7, 6 6, 5 5, 4 4"),
    ],
)
def test_the_largest_gradients_are_told(gradients, expected):
    assert largest_gradients({name: float(np.linalg.norm(each)) for name, each in gradients.items()}) == expected


def test_the_error_has_the_batch_and_says_all(tiny):
    config = zoo.load_config("tinyssd_shapes", tiny())
    batch = batches_for(zoo.build(config), zoo.dataset(config, "train"))[0]
    error = diverged("is lost", "at step 1", (1.0, 2.0), batch, "weight 3")
    assert str(error).startswith("the loss is lost at step 1 (classes 1, boxes 2)\n")
    assert "  largest gradients: weight 3\n" in str(error)
    assert error.batch is batch


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_lost_from_the_first_step_on(loss):
    assert LossWatch().lost(loss) == "is no longer a number"


def test_a_thousand_times_the_first_losses_is_an_explosion():
    watch = LossWatch()
    assert not any(watch.lost(loss) for loss in [4.0] * 10 + [1.0, 3999.0])
    assert watch.lost(4001.0) == "has exploded (it was 4 at the beginning)"
    assert LossWatch(watch.first).lost(4001.0)  # as after a resume
    assert LossWatch([1e-6] * 10).lost(900.0) is None  # small losses may grow


def test_the_batch_of_a_step_is_drawn_before_training(tmp_path, tiny, capsys):
    settings = [f"--set={key}={value}" for key, value in tiny(epochs=1, accumulate=3).items()]
    command = ["train", "tinyssd_shapes", "--out", str(tmp_path / "run"), *settings, "--debug-batch"]
    assert main([*command, "2"]) == 0
    picture = tmp_path / "run" / "batch-00000002.png"
    assert f"step 2 learns from: {picture}" in " ".join(capsys.readouterr().out.split())
    detector = zoo.build(zoo.load_config("tinyssd_shapes", tiny(epochs=1, accumulate=3)))
    batches = batches_for(detector, zoo.dataset(detector.config, "train"))
    # The second and last step has one batch of the four, the first had three.
    expected = batch_sheet([batches[3]], detector, "step 2: what is taught")
    np.testing.assert_array_equal(cv2.imread(str(picture))[:, :, ::-1], expected)


def test_a_step_that_is_not_there_is_told(tmp_path, tiny):
    ready = begin(zoo.load_config("tinyssd_shapes", tiny(epochs=1)), tmp_path / "run")
    with pytest.raises(TrainingError, match="step 5 does not exist: there are 4"):
        ready.draw_batch(5)


def test_the_picture_shows_few_of_many_anchors(tiny, monkeypatch):
    """Or else the lines would hide what is in the boxes."""
    overrides = {**tiny(), "training.augmentation": [], "targets.iou": 0.1}
    detector = zoo.build(zoo.load_config("tinyssd_shapes", overrides))
    batch = batches_for(detector, zoo.dataset(detector.config, "train"))[0]
    assert (batch.targets.classes > 0).sum(axis=1).min() > 20
    shown = {}
    for most in (0, 2, 1000):
        monkeypatch.setattr(pictures, "_SHOWN_ANCHORS", most)
        shown[most] = pictures.batch_sheet([batch], detector, "").astype(int)
    few, all_of_them = (np.any(shown[most] != shown[0], axis=2).mean() for most in (2, 1000))
    assert 0 < few < 0.3 * all_of_them


def test_a_step_that_loses_the_weights_is_not_kept(tmp_path, tiny):
    """Its loss was sound, and the next one would tell; but a checkpoint and a scoring may come before that."""
    training = begin(zoo.load_config("tinyssd_shapes", tiny(schedule="constant", score_every=1)), tmp_path / "run")

    def watch(step):
        if step.number == 8:
            training.detector.engine.network.backbone.blocks[0][0].weight.data()[0] = np.nan

    with pytest.raises(TrainingError, match=r"step 8: NaN or infinite numbers in backbone\.blocks\.0\.0\.weight"):
        training(watch)
    assert training.checkpoint_step == 4
    assert '"step": 8, "epoch": 2, "map_voc07"' not in training.run.log.read_text()
    assert np.isfinite(read_params(training.run.weights)["backbone.blocks.0.0.weight"]).all()
