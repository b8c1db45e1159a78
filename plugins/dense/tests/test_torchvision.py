"""Anchors, matches and losses against those of torchvision, as generate_torchvision.py wrote them down."""

import json
from pathlib import Path

import numpy as np
import pytest

from zoo_core.plugin_api import Anchors, BoxFormat, FeatureMap, ImageSize, convert, make, mx
from zoo_dense.fcos_settings import FcosAnchorSettings, FcosEncoderSettings, FcosLossSettings
from zoo_dense.focal import focal_loss
from zoo_dense.retinanet_settings import RetinaNetAnchorSettings, RetinaNetEncoderSettings, RetinaNetLossSettings

FACTS = json.loads(Path(__file__).with_name("torchvision.json").read_text(encoding="utf-8"))
IMAGE = ImageSize(*FACTS["image"])
BOXES = convert(np.array(FACTS["boxes"], np.float32), BoxFormat.CORNER_PIXEL, BoxFormat.CORNER_UNIT, IMAGE)
LABELS = np.array(FACTS["labels"])


def placed(settings, family):
    maps = [FeatureMap(8, IMAGE.height // each, IMAGE.width // each, each) for each in FACTS["strides"][family]]
    return make(settings)(maps, IMAGE)


def retinanet_anchors():
    sizes, scales, ratios = (FACTS["retinanet"][name] for name in ("sizes", "scales", "ratios"))
    # torchvision's ratios are height : width.
    settings = RetinaNetAnchorSettings(sizes=sizes, scales=scales, ratios=[1 / ratio for ratio in ratios])
    return placed(settings, "retinanet")


def into_our_order(values):
    """Of torchvision's anchors of a cell, ratio by ratio, ours, scale by scale."""
    scales, ratios = (len(FACTS["retinanet"][name]) for name in ("scales", "ratios"))
    values = np.array(values, np.float32)
    return values.reshape(-1, ratios, scales, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def in_a_batch(*arrays):
    return [mx.nd.array(np.array(each, np.float32)[None]) for each in arrays]


def test_anchors():
    theirs = into_our_order(FACTS["retinanet"]["anchors"])
    np.testing.assert_allclose(retinanet_anchors().to(BoxFormat.CORNER_PIXEL).boxes, theirs, atol=1e-3)


@pytest.mark.parametrize(("low_quality", "name"), [(True, "matched"), (False, "matched_without_low_quality")])
def test_retinanet_matches(low_quality, name):
    encoder, anchors = make(RetinaNetEncoderSettings(low_quality=low_quality)), retinanet_anchors()
    match = encoder.match(anchors.to(BoxFormat.CORNER_UNIT), BOXES)
    assert set(match) > {-2, -1}
    np.testing.assert_array_equal(match, into_our_order(FACTS["retinanet"][name]))


def test_retinanet_losses():
    facts, anchors = FACTS["retinanet"], retinanet_anchors()
    targets = make(RetinaNetEncoderSettings()).encode(anchors, BOXES, LABELS)
    said = in_a_batch(*(into_our_order(facts[name]) for name in ("scores", "numbers")))
    wanted = in_a_batch(targets.classes, targets.offsets, targets.mask)
    losses = make(RetinaNetLossSettings(beta=0))(*said, *wanted)  # torchvision has no smooth L1 for it
    np.testing.assert_allclose([each.asscalar() for each in losses], [facts["class_loss"], facts["box_loss"]], 1e-5)


def test_fcos_matches():
    points = placed(FcosAnchorSettings(maps=3), "fcos")
    match = make(FcosEncoderSettings()).match(points, BOXES)
    assert {0, 1, 2, 3} <= set(match)
    np.testing.assert_array_equal(match, FACTS["fcos"]["matched"])


def test_fcos_losses():
    facts, points = FACTS["fcos"], placed(FcosAnchorSettings(maps=3), "fcos")
    targets = make(FcosEncoderSettings()).encode(points, BOXES, LABELS)
    # Its boxes are coded as distances, ours as their logarithms.
    said = in_a_batch(np.column_stack([facts["centers"], facts["scores"]]), np.log(facts["sides"]))
    wanted = in_a_batch(targets.classes, targets.offsets, targets.mask)
    class_part, box_part = (each.asscalar() for each in make(FcosLossSettings())(*said, *wanted))
    without_centers = make(FcosLossSettings(center_weight=0))(*said, *wanted)[0].asscalar()
    np.testing.assert_allclose(
        [without_centers, class_part - without_centers, box_part],
        [facts["class_loss"], facts["center_loss"], facts["box_loss"]],
        1e-5,
    )


@pytest.mark.parametrize("facts", FACTS["focal"], ids=lambda facts: f"alpha {facts['alpha']}, gamma {facts['gamma']}")
def test_focal_loss_of_one_score(facts):
    # Each is the one score of the one anchor of an image.
    scores, wanted = (mx.nd.array(facts[name]) for name in ("scores", "wanted"))
    losses = focal_loss(mx.nd, scores.reshape((-1, 1, 1)), wanted.reshape((-1, 1)), facts["alpha"], facts["gamma"])
    np.testing.assert_allclose(losses.asnumpy(), facts["loss"], 1e-4, 2e-6)


def test_generalized_iou():
    """Of one matched point an image: the box part of several images is their mean."""
    facts = FACTS["generalized_iou"]
    first, second = (np.log(np.array(facts[name], np.float32))[:, None] for name in ("first", "second"))
    scores, classes = np.zeros((len(first), 1, 2)), np.ones((len(first), 1))
    batch = [mx.nd.array(each) for each in (scores, first, classes, second, np.ones_like(first))]
    _, losses = make(FcosLossSettings())(*batch)
    np.testing.assert_allclose(losses.asnumpy() * len(first), facts["loss"], 1e-4)


def test_an_object_that_no_anchor_overlaps_has_none():
    """In torchvision every anchor overlaps it most, by nothing, and so joins its own best object, however little."""
    anchors = Anchors([[10, 10, 30, 30], [40, 8, 60, 16]], BoxFormat.CORNER_PIXEL, IMAGE)
    far = np.array([[0.0, 0.9, 0.1, 1.0], [0.2, 0.3, 0.5, 0.6]], np.float32)
    assert make(RetinaNetEncoderSettings()).encode(anchors, far, [0, 1]).classes.tolist() == [2, 0]
