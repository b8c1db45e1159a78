"""The training loop: every step learns, the schedule is kept, and a loss that is lost stops it."""

import math

import numpy as np
import pytest

import zoo_core as zoo
from tests.tiny import SMALL_SHAPES
from zoo_core.common.errors import TrainingError
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.learner import GluonLearner
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for


def trained(**training):
    config = zoo.load_config(
        "tinyssd_shapes",
        {
            **SMALL_SHAPES,
            "data.train_images": 8,
            **{f"training.{key}": value for key, value in {"batch_size": 4, "epochs": 2, **training}.items()},
        },
    )
    detector = zoo.build(config)
    return detector, list(
        TrainingLoop(config, detector.engine, batches_for(detector, zoo.dataset(config, "train"))).steps()
    )


def all_weights(detector):
    parameters = detector.engine.network._collect_params_with_prefix()
    return {name: value.data().asnumpy() for name, value in parameters.items()}


def test_steps_are_counted_and_timed():
    _, steps = trained()
    assert [(step.epoch, step.number, step.steps, step.ends_epoch) for step in steps] == [
        (1, 1, 4, False),
        (1, 2, 4, True),
        (2, 3, 4, False),
        (2, 4, 4, True),
    ]
    assert all(step.images == 4 and 0 <= step.waited <= step.seconds for step in steps)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_equal_seeds_give_equal_weights_for_any_number_of_workers(optimizer):
    (first, _), (second, _) = (trained(workers=workers, optimizer=optimizer) for workers in (0, 2))
    for name, values in all_weights(first).items():
        np.testing.assert_array_equal(values, all_weights(second)[name], err_msg=name)


def test_the_cosine_schedule_climbs_and_falls_and_never_stands_still():
    _, steps = trained(warmup_steps=3, learning_rate=0.04, epochs=5)
    rates = [step.learning_rate for step in steps]
    assert rates[:3] == sorted(rates[:3])
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert max(rates) <= 0.04
    assert min(rates) > 0


def test_the_constant_schedule_stays():
    _, steps = trained(schedule="constant", learning_rate=0.01, warmup_steps=0)
    assert [step.learning_rate for step in steps] == pytest.approx([0.01] * 4)


def test_a_loss_that_is_no_number_stops_with_the_images_named(monkeypatch):
    monkeypatch.setattr(GluonLearner, "forward_backward", lambda _self, _batch: (math.nan, 1.0))
    with pytest.raises(TrainingError) as told:
        trained()
    assert "no longer a number at step" in str(told.value)
    assert "shapes/train/" in str(told.value)
    assert "training.learning_rate" in str(told.value)


def test_the_loss_falls():
    _, steps = trained(epochs=12, learning_rate=0.02)
    assert all(math.isfinite(step.loss) for step in steps)
    assert np.mean([step.loss for step in steps[-4:]]) < 0.7 * np.mean([step.loss for step in steps[:4]])


@pytest.mark.slow
def test_weights_written_after_a_step_are_those_that_the_step_made(tmp_path):
    """The statistics of batch norm included, which MXNet writes late."""
    config = zoo.load_config("tinyssd_shapes", {"data.train_images": 32, "training.epochs": 1})
    detector = zoo.build(config)
    for _ in TrainingLoop(config, detector.engine, batches_for(detector, zoo.dataset(config, "train"))).steps():
        detector.engine.save(tmp_path / "weights.params")
    written = mx.nd.load(str(tmp_path / "weights.params"))
    for name, values in all_weights(detector).items():
        np.testing.assert_array_equal(written[name].asnumpy(), values, err_msg=name)
