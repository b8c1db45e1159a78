"""Scores are those of the original pictures and annotations: of every size, and with the areas that a file says."""

from __future__ import annotations

import json
from dataclasses import astuple

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import zoo_core as zoo
from zoo_core.boxes.protocols import CocoIds
from zoo_core.config.loading import load_config
from zoo_core.data.readers.coco import CocoReader
from zoo_core.data.settings import CocoSettings
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.detector import Detector

CLASSES = ("cat", "dog")


class Oracle:
    """An engine that is sure of a class at one anchor of each picture, with no offset: the n-th of the n-th one."""

    runs_on = ""

    def __init__(self, config, anchors):
        self.plan, self.anchors, self.done = zoo.plan(config), anchors, 0

    def __call__(self, images):
        probabilities = np.zeros((len(images), *self.plan.score_shape), dtype=np.float32)
        probabilities[..., 0] = 1
        for place in range(len(images)):
            probabilities[place, self.anchors[self.done]] = [0, 1, 0]
            self.done += 1
        return probabilities, np.zeros((len(images), *self.plan.offset_shape), dtype=np.float32)


def write(folder, images, annotations):
    """A split ``val`` with pictures of these sizes (height, width)."""
    for number, (height, width) in enumerate(images, start=1):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((height, width, 3), number, np.uint8))
    table = {
        "images": [
            {"id": 10 + number, "file_name": f"{number}.png", "height": height, "width": width}
            for number, (height, width) in enumerate(images, start=1)
        ],
        "categories": [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}],
        "annotations": [{"id": number, "iscrowd": 0, **each} for number, each in enumerate(annotations, start=1)],
    }
    path = folder / "val.json"
    path.write_text(json.dumps(table))
    return CocoReader(CocoSettings(root=folder, validation="val")).validation(CLASSES), path


def test_boxes_are_scaled_back_to_pictures_of_every_size(tmp_path):
    """The network sees 96x128; truth is in pixels of the pictures, so only boxes scaled back to each are right."""
    config = load_config("tinyssd_256_voc", {"input_size": "96x128", "classes": list(CLASSES)})
    anchors = zoo.make(config.anchors)(zoo.plan(config).feature_maps, config.input_size)
    inside = np.flatnonzero((anchors.boxes.min(1) > 0) & (anchors.boxes.max(1) < 1))
    sizes = [(50, 200), (333, 64), (96, 128), (600, 800), (31, 37)]
    chosen = inside[:: len(inside) // len(sizes)]
    annotations = []
    for number, ((height, width), anchor) in enumerate(zip(sizes, chosen, strict=False), start=1):
        x1, y1, x2, y2 = (anchors.boxes[anchor] * [width, height, width, height]).tolist()
        annotations.append({"image_id": 10 + number, "category_id": 3, "bbox": [x1, y1, x2 - x1, y2 - y1]})
    dataset, _ = write(tmp_path, sizes, annotations)
    report = zoo.evaluate(Detector(config, Oracle(config, chosen)), dataset, batch_size=2)
    assert (report.map_voc07, report.coco.ap, report.coco.ar100) == pytest.approx((1, 1, 1))
    wrong = zoo.evaluate(Detector(config, Oracle(config, chosen[::-1])), dataset)
    assert wrong.coco.ap < 0.1


class Noisy:
    """Finds what there is, a little displaced, and other things."""

    class_names = CLASSES

    def __init__(self, dataset):
        self._rng = np.random.default_rng(0)
        self._answers = {sample.image.tobytes(): sample for sample in (dataset[n] for n in range(len(dataset)))}

    def predict(self, images):
        return [self._answer(self._answers[image.tobytes()]) for image in images]

    def _answer(self, sample):
        rng, count = self._rng, len(sample.boxes)
        boxes = np.vstack([sample.boxes + rng.integers(-2, 3, (count, 4)), random_boxes(rng, 4)]).astype(np.float32)
        labels = np.concatenate([sample.labels, rng.integers(0, 2, 4)])
        return Detections(boxes, rng.permutation(count + 4).astype(np.float32) / 20, labels, CLASSES)


def random_boxes(rng, count):
    corners = rng.integers(0, 100, (count, 2))
    return np.hstack([corners, corners + rng.choice([20, 30, 32, 36, 90, 100], (count, 2))])


def test_numbers_on_a_file_of_coco_are_those_of_pycocotools_with_its_areas(tmp_path):
    rng = np.random.default_rng(1)
    annotations = []
    for number in range(1, 31):
        for x1, y1, x2, y2 in random_boxes(rng, rng.integers(0, 6)).tolist():
            box = [x1, y1, x2 - x1, y2 - y1]
            # As of a mask; one of the annotations says nothing, and then it is that of the box.
            area = {"area": box[2] * box[3] * rng.choice([0.6, 0.8, 1.0])}
            annotation = {"image_id": 10 + number, "category_id": int(rng.choice([3, 7])), "bbox": box}
            annotations.append({**annotation, **area, "iscrowd": int(rng.random() < 0.15)})
    dataset, path = write(tmp_path, [(200, 200)] * 30, annotations)
    results = zoo.collect(Noisy(dataset), dataset)
    found, truth = tmp_path / "found.results", COCO(str(path))
    zoo.write_predictions(results, found)
    official = COCOeval(truth, truth.loadRes(json.loads(found.read_text())), "bbox")
    official.evaluate()
    official.accumulate()
    official.summarize()
    report = zoo.score(results)
    assert astuple(report.coco) == pytest.approx(official.stats, abs=1e-9)
    assert zoo.score(zoo.read_predictions(found, dataset)).coco == report.coco
    by_box = [each["bbox"][2] * each["bbox"][3] for each in annotations]
    assert sum(each["area"] <= 32**2 < area for each, area in zip(annotations, by_box, strict=True)) > 3


def test_an_annotation_without_area_has_that_of_its_box(tmp_path):
    both = [{"image_id": 11, "category_id": 3, "bbox": [0, 0, 10, 20]} for _ in range(3)]
    both[1]["area"], both[2]["area"] = 42.5, "large"
    dataset, _ = write(tmp_path, [(50, 50)], both)
    assert dataset[0].areas.tolist() == [200, 42.5, 200]
    dataset, _ = write(tmp_path, [(50, 50)], both[:1])
    assert dataset[0].areas is None


def test_ids_are_those_of_the_file(tmp_path):
    box = [0, 0, 10, 20]
    dataset, path = write(tmp_path, [(50, 60)] * 2, [{"image_id": 12, "category_id": 7, "bbox": box}])
    assert dataset.coco_ids == CocoIds((11, 12), (3, 7))
    reader = CocoReader(CocoSettings(root=tmp_path, validation="val"))
    assert reader.validation(("dog", "yeti", "cat")).coco_ids == CocoIds((11, 12), (7, 1, 3))
    twice = CocoReader(CocoSettings(root=tmp_path, validation=("val", "val")))
    assert twice.validation(CLASSES).coco_ids is None
    table = json.loads(path.read_text())
    path.write_text(json.dumps({**table, "images": [{**each, "id": f"{each['id']}"} for each in table["images"]]}))
    assert reader.validation(CLASSES).coco_ids == CocoIds(("11", "12"), (3, 7))


def test_objects_are_known_without_reading_their_picture(tmp_path):
    dataset, _ = write(tmp_path, [(50, 60)], [{"image_id": 11, "category_id": 7, "bbox": [0, 0, 10, 20], "area": 9}])
    whole = dataset[0]
    (tmp_path / "1.png").write_bytes(b"no picture")
    black = dataset.without_pixels(0)
    assert (black.image.shape, black.image.max()) == ((50, 60, 3), 0)
    for name in ("boxes", "labels", "difficult", "crowd", "areas"):
        np.testing.assert_array_equal(getattr(black, name), getattr(whole, name))
    assert black.image_id == whole.image_id
