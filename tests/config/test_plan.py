"""Plans and incompatibilities, worked out on the light halves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo_core
from tests.fake_families.plugin import PointSettings, SharedHeadSettings, TopDownSettings
from zoo_core.config.features import Features
from zoo_core.config.fit import (
    incompatibilities,
    input_incompatibilities,
    resize_incompatibilities,
    strange_classes,
)
from zoo_core.config.loading import load_config
from zoo_core.config.plan import Plan, plan
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.outputs import Scoring
from zoo_core.registry.registry import default_registry

# The table of the models' own authors: detector, input, feature maps, anchors.
KNOWN = [
    ("tinyssd_512_voc", 512, (64, 32, 16, 8, 1), 21764),
    ("tinyssd_256_voc", 256, (32, 16, 8, 4, 1), 5444),
    ("ssd_300_vgg16_atrous_voc", 300, (38, 19, 10, 5, 3, 1), 8732),
    ("ssd_512_vgg16_atrous_voc", 512, (64, 32, 16, 8, 4, 2, 1), 24564),
    ("ssd_512_mobilenet1.0_voc", 512, (32, 16, 8, 4, 2, 1), 6132),
    ("ssd_300_vgg16_atrous_voc", 512, (64, 32, 16, 8, 6, 4), 24656),
]


@pytest.mark.parametrize(("name", "size", "sides", "anchors"), KNOWN)
def test_plans_are_those_of_the_models_authors(name, size, sides, anchors):
    made = plan(load_config(name, {"input_size": size}))
    assert [map_.height for map_ in made.feature_maps] == list(sides)
    assert made.anchor_count == anchors
    assert made.score_shape == (anchors, 21)
    assert made.offset_shape == (anchors, 4)


def test_a_plan_counts(registry):
    made = plan(load_config("toy_detector", {"input_size": "16x32"}, registry))
    maps = FeatureMap(8, 8, 16, 2), FeatureMap(8, 4, 8, 4)
    assert made == Plan(ImageSize(16, 32), maps, (3, 4), 2, Scoring.SOFTMAX, maps)
    assert made.anchors_per_map == (8 * 16 * 3, 4 * 8 * 4)
    assert made.anchor_count == 512
    assert made.output_bytes == 4 * (8 * 8 * 16 + 8 * 4 * 8 + 512 * (3 + 4))


def test_parts_that_fit_have_no_misfits(toys):
    assert list(incompatibilities(ImageSize(4, 4), Features(toys.backbone()), toys.anchors())) == []


@given(height=st.integers(1, 9), width=st.integers(1, 9), maps=st.integers(1, 3), lists=st.integers(0, 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_misfits_are_what_they_say(toys, height, width, maps, lists):
    backbone, anchors, size = toys.backbone(maps=maps), toys.anchors(each=(2,) * lists), ImageSize(height, width)
    found = [*input_incompatibilities(size, backbone), *incompatibilities(size, Features(backbone), anchors)]
    places = [problem.place for problem in found]
    assert ("input_size" in places) == (min(height, width) < 2**maps)
    assert ("anchors" in places) == (maps != lists)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("shapes", "data set 'shapes' has no 'cat'; it has circle, square, triangle"),
        ("voc", None),
    ],
)
def test_classes_that_a_data_set_never_shows_are_misfits(data, message):
    settings = default_registry().component("dataset", data).settings()
    assert [problem.message for problem in strange_classes(["circle", "cat"], settings)] == [message] * bool(message)


def test_the_smallest_size_that_is_told_is_accepted():
    with pytest.raises(zoo_core.ConfigError) as caught:
        load_config("ssd_300_vgg16_atrous_voc", {"input_size": 256})
    (problem,) = caught.value.problems
    smallest = problem.message.rpartition("needs at least ")[2]
    assert str(load_config("ssd_300_vgg16_atrous_voc", {"input_size": smallest}).input_size) == smallest


def test_a_neck_is_asked_at_every_size_that_resizing_makes(toys):
    features = Features(toys.backbone(), TopDownSettings(extra=0))

    def told(*sizes):
        resize = SimpleNamespace(kind="resize", name="some", extremes=lambda _: sizes)
        parts = PointSettings(maps=2), SharedHeadSettings()
        return [str(each) for each in resize_incompatibilities(ImageSize(16, 16), features, *parts, resize)]

    assert told(ImageSize(16, 16), ImageSize(24, 20)) == []
    (problem,) = told(ImageSize(16, 16), ImageSize(22, 22))
    assert problem.startswith("resize: 'some' makes inputs of 22x22, at which neck 'top_down' cannot work")
    assert problem.endswith("(11x11, 5x5): map 1 of 11x11 has more than twice the cells of map 2 of 5x5")
