"""Weights of objects at the anchors that answer for them, for any encoder."""

import numpy as np

import zoo_core as zoo
from zoo_core.boxes.encoding import encode_batch
from zoo_core.boxes.placing import place


def test_every_matched_anchor_has_the_weight_of_its_object():
    config = zoo.load_config("tinyssd_256_voc")
    anchors, encoder = place(config.anchors, zoo.plan(config)), zoo.make(config.targets)
    boxes = [np.array([[0.1, 0.1, 0.4, 0.5], [0.5, 0.3, 0.9, 0.8]], np.float32), np.zeros((0, 4), np.float32)]
    labels, weights = [np.array([7, 7]), np.zeros(0, np.int64)], [np.float32([0.25, 0.75]), np.zeros(0, np.float32)]
    plain = encode_batch(encoder, anchors, boxes, labels)
    found = encode_batch(encoder, anchors, boxes, labels, weights=weights)
    np.testing.assert_array_equal(found.classes, plain.classes)
    np.testing.assert_array_equal(found.offsets, plain.offsets)
    np.testing.assert_array_equal(found.mask, plain.mask * found.weights[..., None])
    decoded = encoder.decode(found.offsets[0], anchors)
    for box, weight in zip(boxes[0], weights[0], strict=True):
        own = (plain.classes[0] > 0) & (np.abs(decoded - box).max(axis=1) < 1e-4)
        assert own.any()
        assert set(found.weights[0][own]) == {weight}
    assert set(found.weights[0][plain.classes[0] <= 0]) == {1}
    assert set(found.weights[1]) == {1}
    assert plain.weights is None
