"""Targets are those of GluonCV's generators, which need one pass of a network to know its shapes."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.boxes.placing import place
from zoo_core.plugin_api import Anchors, BoxFormat, BoxFormatError, anchors_around, convert, import_quietly, mx
from zoo_gluoncv_yolo.encoder_settings import YoloEncoderSettings

CLASSES = 4


def placed(size):
    config = zoo.load_config("yolo3_mobilenet0.25_custom", {"input_size": size, "classes": list("abcd")})
    return place(config.anchors, zoo.plan(config))


def objects(rng, count):
    """Boxes corner/unit within the image, small and large ones, and their labels."""
    middle, size = rng.uniform(0.05, 0.95, (count, 2)), rng.uniform(0.01, 0.9, (count, 2)) ** 2
    half = np.minimum(size / 2, np.minimum(middle, 1 - middle))
    return np.concatenate([middle - half, middle + half], axis=1).astype(np.float32), rng.integers(0, CLASSES, count)


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


class Theirs:
    """GluonCV's generators on the shapes of anchors of ours."""

    def __init__(self, anchors):
        target = import_quietly("gluoncv.model_zoo.yolo.yolo_target")
        self._image, levels = anchors.image, anchors.levels
        self._fixed, self._dynamic = (
            target.YOLOV3PrefetchTargetGenerator(CLASSES),
            target.YOLOV3TargetMerger(CLASSES, 0.7),
        )
        starts = np.cumsum([0, *(level.anchors for level in levels)])
        own = [anchors.boxes[start : start + level.per_cell, 2:] for start, level in zip(starts, levels, strict=False)]
        self._anchors = [mx.nd.array(each.reshape(1, 1, -1, 2)) for each in own]
        self._offsets = [mx.nd.zeros((1, level.height * level.width, 1, 2)) for level in levels]
        self._maps = [mx.nd.zeros((1, 1, level.height, level.width)) for level in levels]

    def fixed(self, boxes, labels):
        """Objectness, places, sizes, weights and classes, of one image."""
        pixels = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, self._image)
        image = mx.nd.zeros((1, 3, *self._image))
        truth = mx.nd.array(pixels[None]), mx.nd.array(labels[None, :, None])
        return self._fixed(image, self._maps, self._anchors, self._offsets, *truth)

    def merged(self, predicted, boxes, fixed):
        """The same after the network has spoken, and the mask of classes."""
        pixels = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, self._image)
        return self._dynamic(mx.nd.array(predicted[None]), mx.nd.array(pixels[None]), *fixed)


@pytest.mark.parametrize("size", ["320x320", "416x608"])
def test_targets_are_gluoncvs(size):
    anchors, rng = placed(size), np.random.default_rng(2)
    encoder, theirs = zoo.make(YoloEncoderSettings()), Theirs(anchors)
    for count in (1, 3, 12, 60):
        boxes, labels = objects(rng, count)
        targets = encoder.encode(anchors, boxes, labels)
        objectness, places, sizes, weights, classes = (each[0].asnumpy() for each in theirs.fixed(boxes, labels))
        matched = objectness[:, 0] > 0
        np.testing.assert_array_equal(targets.classes > 0, matched)
        np.testing.assert_array_equal(targets.classes[matched] - 1, classes[matched].argmax(axis=1))
        np.testing.assert_allclose(sigmoid(targets.offsets[matched, :2]), places[matched], atol=3e-6)
        np.testing.assert_allclose(targets.offsets[matched, 2:], sizes[matched], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(targets.mask[:, :2], weights, rtol=1e-5)
        np.testing.assert_array_equal(targets.mask[:, :2], targets.mask[:, 2:])


def test_anchors_whose_prediction_is_near_an_object_are_ignored():
    anchors, rng = placed("320x320"), np.random.default_rng(3)
    encoder, theirs = zoo.make(YoloEncoderSettings()), Theirs(anchors)
    boxes, labels = objects(rng, 8)
    targets = encoder.encode(anchors, boxes, labels)
    numbers = rng.normal(0, 0.5, (1, len(anchors), 4)).astype(np.float32)
    numbers[0, ::7, 2:] = 300  # what no exponent holds, as a network says that has lost its way
    for box in boxes:  # as a trained network: all anchors around an object say nearly it
        centre = convert(box[None], BoxFormat.CORNER_UNIT, BoxFormat.CENTER_PIXEL, anchors.image)
        (around,) = anchors_around(anchors, centre[:, :2])
        said = encoder.code(anchors.at(around), np.tile(box, (len(around), 1)))
        numbers[0, around] = said + rng.normal(0, 0.2, said.shape)
    batch = encoder.encode_batch(anchors, [boxes], [labels])
    found = encoder.reconsider(batch, None, numbers, anchors, [boxes], [labels]).classes[0]
    unit = encoder.decode(numbers[0], anchors)
    predicted = convert(unit, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, anchors.image)
    objectness = theirs.merged(predicted, boxes, theirs.fixed(boxes, labels))[0][0, :, 0].asnumpy()
    assert (objectness < 0).sum() > 10
    np.testing.assert_array_equal(np.sign(found), objectness)
    np.testing.assert_array_equal(batch.classes[0], targets.classes)


def test_a_box_beyond_the_border_hides_no_other():
    """GluonCV's generator leaves out all objects that follow one with a negative coordinate."""
    anchors = placed("320x320")
    boxes = np.array([[-0.01, 0.1, 0.5, 0.5], [0.5, 0.5, 0.7, 0.9]], np.float32)
    targets = zoo.make(YoloEncoderSettings()).encode(anchors, boxes, [0, 1])
    assert sorted(targets.classes[targets.classes > 0]) == [1, 2]
    assert not Theirs(anchors).fixed(boxes, np.array([0, 1]))[0].asnumpy().any()


@pytest.mark.parametrize("size", ["400x400", "300x500", "33x47"])
def test_boxes_come_back_at_sizes_that_are_no_multiple_of_the_stride(size):
    """GluonCV spreads the cells over the image in targets, and not in decoding: 280 becomes 291.2 at 400."""
    anchors, encoder = placed(size), zoo.make(YoloEncoderSettings())
    for seed in range(20):
        boxes, _ = objects(np.random.default_rng(seed), 1)
        boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 0.05)
        targets = encoder.encode(anchors, boxes, [0])
        (matched,) = np.flatnonzero(targets.classes)
        np.testing.assert_allclose(encoder.decode(targets.offsets, anchors)[matched], boxes[0], atol=1e-5)


def test_gluoncvs_targets_at_400_decode_elsewhere():
    anchors, box = placed("400x400"), np.array([[0.6, 0.6, 0.8, 0.8]], np.float32)  # its middle is at 280
    objectness, places, *_ = (each[0].asnumpy() for each in Theirs(anchors).fixed(box, np.array([0])))
    (matched,) = np.flatnonzero(objectness[:, 0])
    decoded = (anchors.cells.column[matched] + places[matched, 0]) * anchors.strides[matched]
    assert decoded == pytest.approx(291.2, abs=0.1)


def test_some_of_the_anchors_are_matched_as_among_all():
    anchors, encoder = placed("320x320"), zoo.make(YoloEncoderSettings())
    boxes, labels = objects(np.random.default_rng(5), 9)
    whole, some = (
        encoder.encode(anchors, boxes, labels),
        np.sort(np.random.default_rng(6).permutation(len(anchors))[:5000]),
    )
    some = np.union1d(some, np.flatnonzero(whole.classes))  # or others of their cells would be matched
    np.testing.assert_array_equal(encoder.encode(anchors.at(some), boxes, labels).classes, whole.classes[some])
    with pytest.raises(BoxFormatError, match="do not know their cells"):
        encoder.encode(Anchors(anchors.boxes, anchors.format, anchors.image), boxes, labels)


def test_an_object_whose_centre_is_outside_has_no_anchor():
    targets = zoo.make(YoloEncoderSettings()).encode(placed("320x320"), [[0.9, 0.2, 1.3, 0.4]], [0])
    assert not targets.classes.any()
