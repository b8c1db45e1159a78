"""A stranger's augmentation step, optimiser, schedule and resizing: checked, suggested, and trained with."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import Field

import zoo_core as zoo
from tests.fake_plugins import problems
from zoo_core.common.errors import PluginError
from zoo_core.config.training import TrainingSettings
from zoo_core.parts.components import AugmentationSettings, Component, OptimizerSettings, ScheduleSettings
from zoo_core.registry.hookspecs import hookimpl
from zoo_core.registry.registry import Registry


class Grey(AugmentationSettings):
    """Takes the colour away."""

    name: Literal["grey"] = "grey"
    probability: Annotated[float, Field(ge=0, le=1)] = 1


class Signs(OptimizerSettings):
    """Goes by the signs of gradients."""

    name: Literal["signs"] = "signs"
    state_names: ClassVar[tuple[str, ...]] = ("momentum",)
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9


class Halving(ScheduleSettings):
    """Halves the rate in the middle."""

    name: Literal["halving"] = "halving"
    low: Annotated[float, Field(ge=0)] = 0.5

    def factor(self, done, span):
        return 1.0 if span.progress(done) < 0.5 else self.low


PARTS = [Component(Grey, "strange_parts:Grey"), Component(Signs, "strange_parts:signs"), Component(Halving)]
CONFIG = {
    "training.augmentation": ["grey", "stretch"],
    "training.optimizer": {"name": "signs", "momentum": 0.8},
    "training.schedule": "halving",
    "training.learning_rate": 0.001,
    "training.epochs": 1,
    "training.batch_size": 2,
    "training.workers": 0,
    "data.train_images": 4,
    "data.validation_images": 2,
    "input_size": 64,
}


def plugin(*parts):
    return SimpleNamespace(zoo_components=hookimpl(lambda: parts))


@pytest.fixture
def everything():
    registry = Registry()
    registry.discover()
    registry.register(plugin(*PARTS), "strange")
    return registry


def test_they_are_validated_and_written_as_all_others_are(everything):
    config = zoo.load_config("tinyssd_shapes", CONFIG, everything)
    training = config.training
    assert [type(each).__name__ for each in training.augmentation] == ["Grey", "Stretch"]
    assert (training.optimizer, training.schedule) == (Signs(momentum=0.8), Halving())
    assert zoo.load_config(config, registry=everything) == config
    assert "name: signs\n    momentum: 0.8\n" in config.to_yaml()


def test_faults_are_told_with_what_is_near(everything):
    bad = {"augmentation": ["gray"], "optimizer": {"name": "signs", "momentun": 1}, "schedule": "halfing"}
    schedules = "constant, cosine, halving, poly, step"
    steps = "augmentation steps: affine, color_jitter, crop, expand, flip, grey, photometric, stretch"
    told = problems("tinyssd_shapes", everything, {"training": bad})
    assert told == [
        "training.optimizer.momentun: unknown setting; did you mean 'momentum'? settings of 'signs': momentum",
        f"training.schedule: no schedule is named 'halfing'; did you mean 'halving'? schedules: {schedules}",
        f"training.augmentation[0]: no augmentation step is named 'gray'; did you mean 'grey'? {steps}",
    ]


def test_they_train(everything, monkeypatch, tmp_path):
    from zoo_core.engines.gluon import mx

    class Greying:
        def __init__(self, settings):
            self.settings = settings

        def __call__(self, sample, rng, size):  # noqa: ARG002
            seen.append(size)
            return sample

    seen = []
    module = ModuleType("strange_parts")
    module.Grey, module.signs = Greying, lambda settings: mx.optimizer.Signum(momentum=settings.momentum)
    monkeypatch.setitem(sys.modules, "strange_parts", module)
    for home in ("zoo_core.registry.registry", "zoo_core.config.chosen_parts", "zoo_core.config.loading"):
        monkeypatch.setattr(f"{home}.default_registry", lambda: everything)
    run = zoo.train("tinyssd_shapes", tmp_path / "run", CONFIG)
    assert run.metrics.is_file()
    assert seen == [zoo.ImageSize(64, 64)] * 4
    assert "name: signs" in (tmp_path / "run" / "config.yaml").read_text(encoding="utf-8")


def test_training_settings_need_no_context():
    assert TrainingSettings(optimizer="adam", augmentation=["flip"], schedule="poly").optimizer.name == "adam"


def test_a_schedule_that_gives_no_share_is_named():
    with pytest.raises(PluginError, match=r"schedule 'halving' should answer factor\(9, .* it answered 7"):
        TrainingSettings(schedule=Halving(low=7)).rate(10, 10, 5.0)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Component(Halving, "a:B"), "'halving' has the target 'a:B', but nothing is made from a schedule"),
        (Component(Signs), "the target of 'signs' should be 'package.module:Class'; got None"),
    ],
)
def test_a_target_is_given_where_something_is_made(part, message):
    with pytest.raises(PluginError, match=message):
        Registry().register(plugin(part), "strange")


def test_what_is_settings_alone_is_not_made(everything):
    with pytest.raises(PluginError, match="schedule 'halving' consists of settings alone: nothing is made from it"):
        everything.make(Halving())
