from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo_core as zoo
from tests.evaluation.anchors.test_coverage import boxes, sample
from zoo_core.common.errors import ConfigError, PluginError
from zoo_core.evaluation.anchors.sheet import unreached_sheet
from zoo_core.parts.components import AnchorSettings, EncoderSettings
from zoo_gluoncv_ssd.anchors_settings import SSDAnchorSettings
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings

TINY = {"classes": ["a", "b", "c", "d"], "input_size": 128, "data": None}


class Samples(list):
    """A data set in memory."""

    class_names = ("a", "b", "c", "d")


def scene(seed, images=6, smallest=0.05, largest=0.3):
    """Images with four objects each, one of each class."""
    rng = np.random.default_rng(seed)
    found = Samples()
    for number in range(images):
        truth = boxes(rng, 4, smallest)
        truth[:, 2:] = np.minimum(truth[:, 2:], truth[:, :2] + largest)
        found.append(sample(str(number), truth * (100, 50, 100, 50)))
    return found


def test_every_object_is_counted_once_by_size_and_by_class():
    config, data = zoo.load_config("tinyssd_shapes", TINY), scene(0)
    report = zoo.check_anchors(config, data)
    assert (report.images, report.overall.objects) == (6, 24)
    for groups in (report.by_size, report.by_class):
        for number in ("objects", "reached", "forced", "missed"):
            assert sum(getattr(group, number) for group in groups) == getattr(report.overall, number)
    assert [group.name for group in report.by_class] == ["a", "b", "c", "d"]
    assert all(group.objects == 6 for group in report.by_class)
    areas = np.concatenate([(each.boxes[:, 2:] - each.boxes[:, :2]).prod(axis=1) for each in data])
    assert report.by_size[0].objects == (areas < 32**2).sum()
    assert len(report.unreached) == report.overall.forced + report.overall.missed > 0
    assert [each.best_iou for each in report.unreached] == sorted(each.best_iou for each in report.unreached)
    assert report.to_dict()["overall"]["recall"] == report.overall.recall == report.overall.reached / 24


@pytest.mark.slow
@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32), st.sampled_from(["tinyssd_shapes", "ssd"]), st.floats(0.1, 0.9))
def test_a_proposal_is_never_worse_and_is_what_it_says(seed, name, largest):
    overrides = {**TINY, "anchors": {"name": "ssd", "ratios": [[1, 2, 0.5]] * 5, "sizes": [9, 20, 40, 80, 100, 120]}}
    config = zoo.load_config("tinyssd_shapes", TINY if name == "tinyssd_shapes" else overrides)
    data = scene(seed, largest=largest)
    report = zoo.check_anchors(config, data)
    if report.proposal is None:
        return
    after = zoo.check_anchors(zoo.load_config(config, {"anchors": {**dumped(config), **report.proposal.changed}}), data)
    assert vars(after.overall) | {"name": ""} == vars(report.proposal.overall) | {"name": ""}
    assert after.overall.recall >= report.overall.recall
    assert after.overall.mean_iou >= report.overall.mean_iou
    assert (after.overall.recall, after.overall.mean_iou) != (report.overall.recall, report.overall.mean_iou)


def dumped(config):
    return config.anchors.model_dump(mode="json")


def test_small_objects_are_reached_by_what_is_proposed():
    config = zoo.load_config("tinyssd_shapes", TINY)
    report = zoo.check_anchors(config, scene(3, images=20, smallest=0.06, largest=0.12))
    assert report.overall.recall < 0.2
    assert report.proposal.overall.recall > 0.75  # more cannot be had where cells are as wide as these objects
    assert set(report.proposal.changed) <= {"name", "sizes", "ratios"}
    again = zoo.check_anchors(config, scene(3, images=20, smallest=0.06, largest=0.12))
    assert again.proposal == report.proposal


def test_a_generator_that_cannot_be_fitted_is_only_measured(monkeypatch):
    monkeypatch.setattr(MultiBoxPriorSettings, "fitted", AnchorSettings.fitted)
    report = zoo.check_anchors(zoo.load_config("tinyssd_shapes", TINY), scene(0))
    assert (report.can_be_fitted, report.proposal) == (False, None)


def test_an_encoder_without_a_threshold_is_measured_by_a_half(monkeypatch):
    monkeypatch.setattr(MultiBoxEncoderSettings, "threshold", EncoderSettings.threshold)
    config = zoo.load_config("tinyssd_shapes", {**TINY, "targets.iou": 0.7})
    assert not zoo.check_anchors(config, scene(0)).encoder_has_threshold
    assert zoo.check_anchors(config, scene(0)).threshold == 0.5
    monkeypatch.undo()
    assert zoo.check_anchors(config, scene(0)).threshold == 0.7


@pytest.mark.parametrize(
    ("fitted", "says"),
    [
        (lambda *_: [SSDAnchorSettings()], "fitted with .* which would be another network"),
        (lambda *_: 1 / 0, "fails when asked for fitted.*division by zero"),
    ],
)
def test_settings_that_are_fitted_wrongly_are_the_plugins_fault(monkeypatch, fitted, says):
    monkeypatch.setattr(MultiBoxPriorSettings, "fitted", fitted)
    with pytest.raises(PluginError, match=says):
        zoo.check_anchors(zoo.load_config("tinyssd_shapes", TINY), scene(0))


def test_a_data_set_is_needed():
    with pytest.raises(ConfigError, match="data: is required"):
        zoo.check_anchors(zoo.load_config("tinyssd_shapes", TINY))


def test_unreached_objects_are_drawn_on_their_pictures():
    data = scene(0)
    report = zoo.check_anchors(zoo.load_config("tinyssd_shapes", TINY), data)
    sheet = unreached_sheet(data, report.unreached, count=2)
    fewer = unreached_sheet(data, report.unreached[:1])
    assert sheet.shape[1] > 2 * 480
    assert sheet.shape[1] > fewer.shape[1] >= 480
    assert min(sheet.shape[0], fewer.shape[0]) > 240, "title, legend and names stand around the pictures"
