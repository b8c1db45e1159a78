"""What the light half of a part answers is held to the contract."""

from __future__ import annotations

import re

import pytest

from zoo_core.common.errors import PluginError
from zoo_core.config.features import Features
from zoo_core.config.fit import incompatibilities, strange_classes
from zoo_core.parts.components import DatasetSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.guarding import Guarded
from zoo_core.parts.questions import ask

SIZE = ImageSize(16, 16)


def fails(_settings, *_arguments):
    raise SystemExit(3)


def answering(answer):
    return lambda _settings, *_arguments: answer


@pytest.mark.parametrize(
    ("question", "answer", "shown"),
    [
        ("feature_maps", None, "null"),
        ("feature_maps", (FeatureMap(8, 4, 4, 4) for _ in range(2)), "<generator object"),
        ("feature_maps", (), "()"),
        ("feature_maps", ((8, 4, 4, 4),), "((8, 4, 4, 4),)"),
        ("feature_maps", (FeatureMap(8, 0, 4, 4),), "(FeatureMap(channels=8, height=0"),
        ("feature_maps", (FeatureMap(8, 4.0, 4, 4),), "(FeatureMap(channels=8, height=4.0"),
        ("feature_maps", 7, "7"),
        ("feature_maps", "maps", "'maps'"),
        ("smallest_input", None, "null"),
        ("smallest_input", 16, "16"),
        ("smallest_input", (16, 16), "(16, 16)"),
        ("smallest_input", ImageSize(16, -1), "ImageSize(height=16, width=-1)"),
    ],
)
def test_a_backbone_that_answers_nonsense_is_named(toys, monkeypatch, question, answer, shown):
    monkeypatch.setattr(toys.backbone, question, answering(answer))
    with pytest.raises(PluginError) as caught:
        list(incompatibilities(SIZE, Features(toys.backbone()), toys.anchors()))
    asked = "feature_maps(16x16)" if question == "feature_maps" else "smallest_input()"
    assert str(caught.value).startswith(f"backbone 'toy' should answer {asked} with a")
    assert f"; it answered {shown}" in str(caught.value)


@pytest.mark.parametrize("answer", [None, iter([1, 2]), {1, 2}, (1, 0), (1, "2"), (1.5,), "12", (1,) * 2000, 10**30])
def test_anchors_that_answer_nonsense_are_named(toys, monkeypatch, answer):
    monkeypatch.setattr(toys.anchors, "anchors_per_cell", answering(answer))
    with pytest.raises(PluginError, match=re.escape("anchors 'toy' should answer anchors_per_cell() with a tuple of")):
        list(incompatibilities(SIZE, Features(toys.backbone()), toys.anchors()))


@pytest.mark.parametrize("answer", ["abc", ["a", 1], {"a"}, 3])
def test_a_data_set_that_answers_nonsense_is_named(answer):
    class Odd(DatasetSettings):
        name: str = "odd"

        class_names = answering(answer)

    with pytest.raises(PluginError, match="should answer class_names"):
        list(strange_classes(["a"], Odd()))


@pytest.mark.parametrize("answer", ["half", [0.5], float("nan")])
def test_an_encoder_that_answers_nonsense_is_named(toys, monkeypatch, answer):
    monkeypatch.setattr(toys.targets, "threshold", answering(answer))
    with pytest.raises(PluginError, match="should answer threshold"):
        ask(toys.targets(), "threshold")


def test_a_list_is_as_good_as_a_tuple(toys, monkeypatch):
    monkeypatch.setattr(toys.anchors, "anchors_per_cell", answering([3, True]))
    assert ask(toys.anchors(), "anchors_per_cell") == (3, 1)


def test_an_answer_that_never_comes_is_named(toys, monkeypatch):
    monkeypatch.setattr(Guarded.__init__, "__defaults__", (0.2, ()))

    def endless(_self):
        while True:
            pass

    monkeypatch.setattr(toys.anchors, "anchors_per_cell", endless)
    with pytest.raises(PluginError, match=r"anchors 'toy' fails when asked for anchors_per_cell\(\): does not end"):
        ask(toys.anchors(), "anchors_per_cell")


def test_a_part_that_exits_is_named(toys, monkeypatch):
    monkeypatch.setattr(toys.backbone, "smallest_input", fails)
    with pytest.raises(PluginError, match=r"backbone 'toy' fails when asked for smallest_input\(\): SystemExit: 3"):
        ask(toys.backbone(), "smallest_input")
