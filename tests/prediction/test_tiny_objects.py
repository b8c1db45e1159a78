"""A trained detector on pictures in which everything is tiny: what it finds in the whole, and in windows."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.boxes.protocols import Sample

SIDE, ACROSS = 96, 4
"""Pixels of the pictures on which the detector was trained, and how many of them stand side by side in one here."""
SHAPES = {"input_size": SIDE, "data.image_size": SIDE, "data.validation_images": 4 * ACROSS**2}
WINDOWS = {"slice": SIDE, "overlap": SIDE // 2}


class TinyShapes(list):
    """A data set of pictures (384, 384, 3) with shapes of a few per cent of their sides."""

    class_names = ("circle", "square", "triangle")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    settings = {**SHAPES, "data.train_images": 1500, "training.epochs": 4}
    return zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("runs") / "shapes", settings)


@pytest.fixture(scope="module")
def tiny_shapes():
    singles = zoo.dataset(zoo.load_config("tinyssd_shapes", SHAPES), "validation")
    samples = TinyShapes()
    for first in range(0, len(singles), ACROSS**2):
        parts = [singles[first + number] for number in range(ACROSS**2)]
        rows = [np.hstack([each.image for each in parts[row::ACROSS]]) for row in range(ACROSS)]
        boxes = [
            each.boxes + np.array([number // ACROSS, number % ACROSS] * 2, np.float32) * SIDE
            for number, each in enumerate(parts)
        ]
        labels = np.concatenate([each.labels for each in parts])
        nothing = np.zeros(len(labels), bool)
        samples.append(Sample(np.vstack(rows), np.concatenate(boxes), labels, nothing, nothing, f"{first}.png"))
    return samples


def recall(detector, samples, **views):
    """The share of objects of which a box of their class was found, with a score of .5 and an IoU of .5."""
    found, objects = 0, 0
    for sample in samples:
        chosen = detector.predict(sample.image, **views).above(0.5)
        hits = pairwise_iou(sample.boxes, chosen.boxes) >= 0.5
        found += (hits & (sample.labels[:, None] == chosen.labels)).any(1).sum()
        objects += len(sample.labels)
    return found / objects


@pytest.mark.slow
def test_tiny_objects_are_found_in_windows(run, tiny_shapes, tmp_path):
    detector = run.detector()
    whole, windows = recall(detector, tiny_shapes), recall(detector, tiny_shapes, **WINDOWS)
    assert whole < 0.3
    assert windows > 0.75
    assert recall(detector, tiny_shapes, **WINDOWS, flip=True) > windows - 0.02

    reports = [zoo.evaluate(detector, tiny_shapes, **views) for views in ({}, WINDOWS, {**WINDOWS, "flip": True})]
    scores = [report.map_voc07 for report in reports]
    assert scores[0] < 0.4
    assert 0.7 < scores[1] < scores[2] + 0.03

    zoo.export(run.folder, tmp_path / "shapes.onnx")
    exported = {"path": tmp_path / "shapes.onnx"}
    others = {"engine": "torch"}, exported, {**exported, "engine": "openvino"}
    image = tiny_shapes[0].image
    expected = detector.predict(image, **WINDOWS, flip=True).above(0.2)
    for how in others:
        found = zoo.load(**{"path": run.folder, **how}).predict(image, **WINDOWS, flip=True).above(0.2)
        assert len(found) == len(expected) > 10
        np.testing.assert_allclose(found.boxes, expected.boxes, atol=0.05)
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-3)
