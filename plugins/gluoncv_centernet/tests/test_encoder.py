"""Targets are those of GluonCV's generator, which takes boxes in cells of the map."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.boxes.placing import place
from zoo_core.plugin_api import BoxFormat, convert, import_quietly
from zoo_gluoncv_centernet.encoder_settings import CenterNetEncoderSettings
from zoo_gluoncv_centernet.heatmaps import peak_radius

CLASSES = 4


def placed(size):
    config = zoo.load_config("center_net_resnet18_v1b_custom", {"input_size": size, "classes": list("abcd")})
    return place(config.anchors, zoo.plan(config))


def objects(rng, count):
    """Boxes corner/unit within the image, small and large ones, and their labels."""
    middle, size = rng.uniform(0.02, 0.98, (count, 2)), rng.uniform(0.01, 0.95, (count, 2)) ** 2
    half = np.minimum(size / 2, np.minimum(middle, 1 - middle))
    return np.concatenate([middle - half, middle + half], axis=1).astype(np.float32), rng.integers(0, CLASSES, count)


def gluoncvs(anchors, boxes, labels):
    """Its heatmaps (N, C), numbers (N, 4) and mask (N, 4)."""
    (level,) = anchors.levels
    make = import_quietly("gluoncv.model_zoo.center_net.target_generator").CenterNetTargetGenerator
    pixels = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, anchors.image)
    made = make(CLASSES, level.width, level.height)(pixels / level.stride, labels)
    heatmap, size, size_mask, place, place_mask = (each.asnumpy().reshape(len(each), -1).T for each in made)
    return heatmap, np.concatenate([place, size], axis=1), np.concatenate([place_mask, size_mask], axis=1)


@pytest.mark.parametrize("size", ["512x512", "256x320"])
def test_targets_are_gluoncvs(size):
    anchors, rng = placed(size), np.random.default_rng(2)
    encoder = zoo.make(CenterNetEncoderSettings())
    for count in (1, 3, 12, 60):
        boxes, labels = objects(rng, count)
        targets = encoder.encode(anchors, boxes, labels)
        soft = encoder.soft_classes(anchors, boxes, labels, CLASSES)
        heatmap, numbers, mask = gluoncvs(anchors, boxes, labels)
        np.testing.assert_allclose(soft, heatmap, rtol=1e-6)
        np.testing.assert_array_equal(soft == 1, heatmap == 1)
        np.testing.assert_array_equal(targets.mask, mask)
        np.testing.assert_allclose(targets.offsets, numbers, rtol=1e-5, atol=1e-5)
        assert (soft[np.flatnonzero(targets.classes), targets.classes[targets.classes > 0] - 1] == 1).all()


def test_radii_are_gluoncvs():
    theirs = import_quietly("gluoncv.model_zoo.center_net.target_generator")._gaussian_radius
    sides = np.random.default_rng(0).uniform(0.1, 128, (500, 2)).astype(np.float32)
    expected = [max(0, int(theirs((np.ceil(height), np.ceil(width))))) for width, height in sides]
    assert [peak_radius(*each, 0.7) for each in sides] == expected


def test_the_later_of_two_objects_in_a_cell_has_it_and_both_have_a_peak():
    anchors = placed("64x64")
    boxes = np.array([[0.4, 0.4, 0.6, 0.6], [0.3, 0.3, 0.72, 0.72]], np.float32)  # of the centres 32 and 32.6
    encoder = zoo.make(CenterNetEncoderSettings())
    targets = encoder.encode(anchors, boxes, [1, 2])
    (matched,) = np.flatnonzero(targets.classes)
    assert targets.classes[matched] == 3
    np.testing.assert_allclose(encoder.decode(targets.offsets, anchors)[matched], boxes[1], atol=1e-6)
    soft = encoder.soft_classes(anchors, boxes, np.array([1, 2]), CLASSES)
    assert soft[matched].tolist() == [0, 1, 1, 0]


def test_an_object_whose_centre_is_outside_has_no_cell_and_no_peak():
    """GluonCV's generator stops with an AssertionError, or takes a cell on the other side."""
    encoder, anchors = zoo.make(CenterNetEncoderSettings()), placed("64x64")
    right, left = [0.9, 0.2, 1.3, 0.4], [-0.4, 0.2, 0.2, 0.4]
    with pytest.raises(AssertionError, match="center_x: 17 > output_width: 16"):
        gluoncvs(anchors, np.array([right], np.float32), np.array([0]))
    assert gluoncvs(anchors, np.array([left], np.float32), np.array([0]))[2].any()
    for box in (right, left):
        assert not encoder.encode(anchors, [box], [0]).classes.any()
        assert not encoder.soft_classes(anchors, np.array([box], np.float32), np.array([0]), CLASSES).any()


def test_at_a_side_that_is_not_a_multiple_of_32_targets_decode_where_the_network_says():
    """GluonCV's network has 80 cells a side at 300 pixels, and its generator is told of 75."""
    anchors, encoder = placed("300x308"), zoo.make(CenterNetEncoderSettings())
    assert [(level.height, level.width) for level in anchors.levels] == [(80, 80)]
    box = np.array([[0.6, 0.55, 0.96, 0.99]], np.float32)
    targets = encoder.encode(anchors, box, [0])
    (matched,) = np.flatnonzero(targets.classes)
    assert (anchors.cells.column[matched], anchors.cells.row[matched]) == (60, 57)
    np.testing.assert_allclose(encoder.decode(targets.offsets, anchors)[matched], box[0], atol=1e-6)


def test_every_object_whose_cell_is_its_own_is_reached_however_large_it_is():
    data = {"name": "shapes", "train_images": 12, "validation_images": 1}
    overrides = {"classes": ["circle", "square", "triangle"], "input_size": 96, "data": data}
    report = zoo.check_anchors(zoo.load_config("center_net_resnet18_v1b_custom", overrides))
    assert report.threshold == 0
    assert report.overall.reached + report.overall.missed == report.overall.objects > 12
    assert report.overall.missed <= 1  # two centres in one cell
