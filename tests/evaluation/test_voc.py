"""VOC scores against the development kit's rule, written out slowly, and against GluonCV's metric."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_core.common.errors import PredictionsError
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.evaluation.gathering import gather
from zoo_core.evaluation.results import ImageResult, Results
from zoo_core.evaluation.voc import area_under_curve, eleven_point_average, voc_scores
from zoo_core.parts.geometry import ImageSize

CLASSES = 3
EMPTY = np.empty((0, 4)), np.empty(0), np.empty(0, int)


class Picture(NamedTuple):
    """Whole-pixel boxes of VOC: counted from 1, both corners belong to the box."""

    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    true_boxes: np.ndarray
    true_labels: np.ndarray
    difficult: np.ndarray


@st.composite
def pictures(draw, scores=None):
    """Few places and sizes, so that overlaps of exactly the threshold, ties and repeated hits are common."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    # Of the classes of the truth, the last one may be missing, and detections may be of all.
    present = draw(st.integers(1, CLASSES))

    def boxes(count):
        corner = rng.integers(1, 30, (count, 2)) // 5 * 5 + 1
        return np.hstack([corner, corner + rng.choice([4, 9, 19], (count, 2))])

    def picture():
        found, objects = rng.integers(0, 9), rng.integers(0, 5)
        truth, labels = boxes(objects), rng.integers(0, present, objects)
        detections, guesses = boxes(found), rng.integers(0, CLASSES, found)
        for place in range(min(found, objects)):
            if rng.random() < 0.7:
                detections[place], guesses[place] = truth[place] + rng.integers(-2, 3, 4), labels[place]
        ranks = rng.integers(0, 4, found) / 4 if scores == "tied" else rng.permutation(10_000)[:found] / 10_000
        return Picture(detections, ranks, guesses, truth, labels, rng.random(objects) < 0.3)

    return [picture() for _ in range(draw(st.integers(0, 8)))]


def image(boxes, scores, labels, true_boxes=EMPTY[0], true_labels=EMPTY[2], difficult=None):
    hard = np.zeros(len(true_labels), bool) if difficult is None else np.array(difficult)
    return ImageResult(
        image_id="cells",
        size=ImageSize(30, 30),
        true_boxes=np.array(true_boxes, float),
        true_labels=np.array(true_labels, int),
        difficult=hard,
        crowd=np.zeros(len(true_labels), bool),
        boxes=np.array(boxes, float),
        scores=np.array(scores, float),
        labels=np.array(labels, int),
    )


def scores_of(*images, classes=1, iou=0.5):
    return voc_scores(gather(Results(tuple(map(str, range(classes))), images)), iou)


def scored(given, iou=0.5):
    images = [
        image(p.boxes - [1, 1, 0, 0], p.scores, p.labels, p.true_boxes - [1, 1, 0, 0], p.true_labels, p.difficult)
        for p in given
    ]
    return scores_of(*images, classes=CLASSES, iou=iou)


def devkit_judgement(given, label, iou):
    """VOCevaldet.m, line by line: true and false positives by descending score, and the number of objects."""
    detections = [
        (score, number, box)
        for number, picture in enumerate(given)
        for box, score, of in zip(picture.boxes, picture.scores, picture.labels, strict=True)
        if of == label
    ]
    detections.sort(key=lambda detection: -detection[0])  # stable, as MATLAB's sort is
    taken = [[False] * len(picture.true_boxes) for picture in given]
    judgement = []
    for _, number, bb in detections:
        picture = given[number]
        best, chosen = -np.inf, None
        for place, gt in enumerate(picture.true_boxes):
            if picture.true_labels[place] != label:
                continue
            bi = [max(bb[0], gt[0]), max(bb[1], gt[1]), min(bb[2], gt[2]), min(bb[3], gt[3])]
            width, height = bi[2] - bi[0] + 1, bi[3] - bi[1] + 1
            if width > 0 and height > 0:
                union = (bb[2] - bb[0] + 1) * (bb[3] - bb[1] + 1) + (gt[2] - gt[0] + 1) * (gt[3] - gt[1] + 1)
                overlap = width * height / (union - width * height)
                if overlap > best:
                    best, chosen = overlap, place
        if best >= iou:
            if not picture.difficult[chosen]:
                judgement.append((0, 1) if taken[number][chosen] else (1, 0))
                taken[number][chosen] = True
            else:
                judgement.append((0, 0))
        else:
            judgement.append((0, 1))
    objects = sum(int(((p.true_labels == label) & ~p.difficult).sum()) for p in given)
    return judgement, objects


def devkit_averages(judgement, objects):
    """VOCevaldet.m of 2007 and VOCap.m of 2012; NaN stands where they divide by no objects."""
    if not objects:
        return np.nan, np.nan
    tp, fp = np.cumsum(np.array(judgement).reshape(-1, 2), axis=0).T
    recall = tp / objects
    precision = [t / (t + f) if t + f else 0.0 for t, f in zip(tp, fp, strict=True)]
    ap07 = 0.0
    for threshold in np.arange(0, 1.1, 0.1):
        reached = [p for p, r in zip(precision, recall, strict=True) if r >= threshold]
        ap07 += max(reached, default=0.0) / 11
    mrec, mpre = [0.0, *recall, 1.0], [0.0, *precision, 0.0]
    for place in reversed(range(len(mpre) - 1)):
        mpre[place] = max(mpre[place], mpre[place + 1])
    ap10 = sum((mrec[i] - mrec[i - 1]) * mpre[i] for i in range(1, len(mrec)) if mrec[i] != mrec[i - 1])
    return ap07, ap10


@settings(deadline=None, max_examples=300)
@given(pictures(scores="tied"), st.sampled_from([0.5, 0.3, 0.75]))
def test_scores_are_those_of_the_development_kit_on_whole_pixels(given, iou):
    found = scored(given, iou)
    for label in range(CLASSES):
        ap07, ap10 = devkit_averages(*devkit_judgement(given, label, iou))
        assert found.ap_voc07[label] == pytest.approx(ap07, abs=1e-9, nan_ok=True)
        assert found.ap_voc10[label] == pytest.approx(ap10, abs=1e-9, nan_ok=True)
    assert found.objects.sum() == sum((~picture.difficult).sum() for picture in given)
    assert found.difficult.sum() == sum(picture.difficult.sum() for picture in given)
    assert found.detections.sum() == sum(len(picture.scores) for picture in given)


@pytest.fixture(scope="module")
def gluoncv_metrics():
    """GluonCV's two metrics."""
    import_quietly("gluoncv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from gluoncv.utils.metrics.voc_detection import VOC07MApMetric, VOCMApMetric
    return VOC07MApMetric, VOCMApMetric


@settings(deadline=None, max_examples=150)
@given(given=pictures())
def test_scores_are_those_of_gluoncv(gluoncv_metrics, given):
    found = scored(given)
    if not given or not any(len(p.labels) + len(p.true_labels) for p in given):
        return  # GluonCV raises when it was given nothing
    for metric, ours in zip(gluoncv_metrics, (found.ap_voc07, found.ap_voc10), strict=True):
        theirs = metric(iou_thresh=0.5, class_names=[str(label) for label in range(CLASSES)])
        for p in given:
            arrays = (p.boxes, p.labels, p.scores, p.true_boxes, p.true_labels, p.difficult)
            theirs.update(*(np.asarray(each, float)[None] for each in arrays))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it takes the mean of nothing when no class has objects
            _, values = theirs.get()
        assert ours == pytest.approx(values[:-1], abs=1e-6, nan_ok=True)
        if not np.isnan(ours).all():
            assert np.nanmean(ours) == pytest.approx(values[-1], abs=1e-6)


SQUARE = [[0, 0, 10, 10]]


def one(boxes, scores, true_boxes=SQUARE, difficult=None):
    zeros = np.zeros(len(true_boxes), int)
    return scores_of(image(boxes, scores, [0] * len(scores), true_boxes, zeros, difficult))


def test_a_perfect_detection_scores_1():
    found = one(SQUARE, [0.9])
    assert (found.ap_voc07, found.ap_voc10) == (pytest.approx([1]), pytest.approx([1]))


def test_an_overlap_of_exactly_the_threshold_is_enough():
    assert one([[0, 0, 10, 5]], [0.9]).ap_voc10 == [1]
    assert one([[0, 0, 10, 4.99]], [0.9]).ap_voc10 == [0]


def test_no_1_is_added_to_the_sides_of_unit_boxes():
    unit = [[0.1, 0.1, 0.2, 0.2]]
    assert one([[0.1, 0.1, 0.2, 0.14]], [0.9], true_boxes=unit).ap_voc10 == [0]


def test_a_second_detection_of_an_object_is_wrong_also_in_front_of_the_first():
    both = one([*SQUARE, [0, 0, 10, 9]], [0.5, 0.9])
    assert both.ap_voc10 == [1]  # the higher-scoring one is right, and what comes after full recall costs nothing
    two = one([*SQUARE, *SQUARE, [20, 20, 30, 30]], [0.9, 0.8, 0.7], true_boxes=[*SQUARE, [20, 20, 30, 30]])
    assert two.ap_voc10 == pytest.approx([1 / 2 + 1 / 2 * 2 / 3])


def test_detections_of_difficult_objects_neither_help_nor_harm():
    far = [20, 20, 30, 30]
    found = one([far, far, *SQUARE], [0.9, 0.8, 0.7], true_boxes=[*SQUARE, far], difficult=[False, True])
    assert found.ap_voc10 == [1]
    assert (found.objects.tolist(), found.difficult.tolist()) == ([1], [1])


def test_a_class_without_objects_has_no_score():
    assert np.isnan(one(SQUARE, [0.9], true_boxes=np.empty((0, 4))).ap_voc07).all()
    assert np.isnan(one(SQUARE, [0.9], difficult=[True]).ap_voc10).all()
    assert np.isnan(scores_of(classes=2).ap_voc07).all()


def test_objects_that_nothing_found_score_0():
    assert one(np.empty((0, 4)), []).ap_voc07 == [0]


def test_a_detection_in_another_image_or_of_another_class_is_wrong():
    images = image(*EMPTY, SQUARE, [0]), image(SQUARE, [0.9], [0], SQUARE, [1])
    assert scores_of(*images, classes=2).ap_voc10.tolist() == [0, 0]


def test_the_eleven_points_compare_as_the_usual_scripts_do():
    right = np.array([True, True, True, False])
    assert eleven_point_average(right, 10) == pytest.approx(3 / 11)  # 0, .1, .2; 3/10 < 0.30000000000000004
    assert area_under_curve(right, 10) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("boxes", "scores", "labels", "message"),
    [
        (SQUARE, [0.9], [1], "image cells: labels are 0 to 0, and one is 1"),
        (SQUARE, [0.9], [-1], "image cells: labels are 0 to 0, and one is -1"),
        (SQUARE, [np.nan], [0], "image cells: a detected box or score is not a number"),
        ([[0, 0, np.inf, 10]], [0.9], [0], "image cells: a detected box or score is not a number"),
        (SQUARE, [0.9, 0.8], [0], "image cells: 1 boxes were found, but 2 scores and 1 labels"),
        (SQUARE, [0.9], [0, 0], "image cells: 1 boxes were found, but 1 scores and 2 labels"),
    ],
)
def test_what_does_not_belong_together_is_refused(boxes, scores, labels, message):
    with pytest.raises(PredictionsError, match=message):
        scores_of(image(boxes, scores, labels, SQUARE, [0]))
