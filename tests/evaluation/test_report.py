from __future__ import annotations

import json
import math

import pytest

from zoo_core.evaluation.report import ClassReport, Report

REPORT = Report(
    classes=(
        ClassReport("cat", 0.5, 0.25, objects=4, difficult=1, detections=9),
        ClassReport("dog", 1.0, 0.75, objects=2, difficult=0, detections=2),
        ClassReport("yeti", math.nan, math.nan, objects=0, difficult=0, detections=3),
    ),
    iou=0.5,
    images=10,
    seconds=4.0,
)


def test_the_mean_is_over_classes_with_objects():
    assert (REPORT.map_voc07, REPORT.map_voc10) == (0.75, 0.5)
    assert math.isnan(Report((), 0.5, 0, 0.0).map_voc07)


def test_speed():
    assert REPORT.images_per_second == 2.5
    assert math.isnan(Report((), 0.5, 0, 0.0).images_per_second)


def test_as_json_it_has_no_nan():
    values = json.loads(json.dumps(REPORT.to_dict(), allow_nan=False))
    assert values["map_voc07"] == 0.75
    assert values["images_per_second"] == 2.5
    assert values["classes"]["cat"] == {
        "ap_voc07": 0.5,
        "ap_voc10": 0.25,
        "objects": 4,
        "difficult": 1,
        "detections": 9,
    }
    assert values["classes"]["yeti"]["ap_voc07"] is None


@pytest.mark.parametrize(
    "row",
    [
        ["cat", "0.500", "0.250", "4", "1", "9"],
        ["yeti", "-", "-", "0", "0", "3"],
        ["mean", "0.750", "0.500", "6", "1", "14"],
    ],
)
def test_as_text_it_is_a_table(row):
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in str(REPORT).splitlines()]
    assert row in rows
    assert "10 images, 2.5 a second" in str(REPORT)
    assert "\x1b" not in str(REPORT)


def test_of_nothing_it_can_be_shown_too():
    assert "mean" in str(Report((), 0.5, 0, 0.0))
