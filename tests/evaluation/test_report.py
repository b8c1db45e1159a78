from __future__ import annotations

import csv
import json
import math
from dataclasses import asdict, replace

import pytest

from zoo_core.evaluation.coco import CocoNumbers
from zoo_core.evaluation.report import ClassReport, Report

NUMBERS = [number / 100 for number in range(1, 13)]
CAT, DOG = CocoNumbers(*NUMBERS), CocoNumbers(*NUMBERS[:3], math.nan, *NUMBERS[4:11], 0.32)
YETI = CocoNumbers(*[math.nan] * 12)
REPORT = Report(
    classes=(
        ClassReport("cat", 0.5, 0.25, objects=4, difficult=1, detections=9, coco=CAT),
        ClassReport("dog", 1.0, 0.75, objects=2, difficult=0, detections=2, coco=DOG),
        ClassReport("yeti", math.nan, math.nan, objects=0, difficult=0, detections=3, coco=YETI),
    ),
    iou=0.5,
    images=10,
    seconds=4.0,
    reading_seconds=1.0,
    scoring_seconds=0.5,
)


def test_the_mean_is_over_classes_with_objects():
    assert (REPORT.map_voc07, REPORT.map_voc10) == (0.75, 0.5)
    assert (REPORT.coco.ap, REPORT.coco.ap_small, REPORT.coco.ar_large) == pytest.approx((0.01, 0.04, 0.22))
    assert math.isnan(Report((), 0.5, 0, 0.0).map_voc07)
    assert math.isnan(Report((), 0.5, 0, 0.0).coco.ap)


def test_speed():
    assert REPORT.images_per_second == 2.5
    assert math.isnan(Report((), 0.5, 0, 0.0).images_per_second)


def test_as_json_it_has_no_nan():
    values = json.loads(json.dumps(REPORT.to_dict(), allow_nan=False))
    assert values["map_voc07"] == 0.75
    assert (values["images_per_second"], values["reading_seconds"], values["scoring_seconds"]) == (2.5, 1, 0.5)
    assert values["coco"]["ap50"] == 0.02
    assert list(values["coco"])[-6:] == ["ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"]
    assert values["classes"]["cat"] == {
        "ap_voc07": 0.5,
        "ap_voc10": 0.25,
        "coco": asdict(CAT),
        "objects": 4,
        "difficult": 1,
        "detections": 9,
    }
    assert values["classes"]["yeti"]["ap_voc07"] is None
    assert values["classes"]["dog"]["coco"]["ap_small"] is None


def test_as_csv_it_is_a_table_of_classes():
    rows = list(csv.DictReader(REPORT.to_csv().splitlines()))
    assert [row["class"] for row in rows] == ["cat", "dog", "yeti", "mean"]
    assert (rows[0]["ap_voc10"], rows[0]["ap75"], rows[0]["detections"]) == ("0.25", "0.03", "9")
    assert (rows[1]["ap_small"], rows[2]["ap"]) == ("", "")
    assert (float(rows[3]["ar_large"]), rows[3]["objects"]) == (pytest.approx(0.22), "6")


@pytest.mark.parametrize(
    "row",
    [
        "cat 0.500 0.250 0.010 0.030 0.040 0.050 0.060 4 1 9",
        "yeti - - - - - - - 0 0 3",
        "mean 0.750 0.500 0.010 0.030 0.040 0.050 0.060 6 1 14",
        "VOC 2007, IoU 0.5 0.750",
        "AP, IoU .50 to .95 0.010 0.040 0.050 0.060",
        "AR100 0.090 0.100 0.110 0.220",
    ],
)
def test_as_text_it_is_tables(row):
    assert row in [" ".join(line.split()) for line in str(REPORT).splitlines()]
    assert "10 images, 2.5 a second (25% of the time was reading)" in str(REPORT)
    assert "\x1b" not in str(REPORT)


@pytest.mark.parametrize("difficult", [0, 19])
def test_the_tables_fit_in_a_terminal_of_80_columns(difficult):
    counts = {"name": "diningtable", "objects": 13841, "difficult": difficult, "detections": 99999}
    shown = str(replace(REPORT, classes=tuple(replace(each, **counts) for each in REPORT.classes)))
    assert max(map(len, shown.splitlines())) <= 80
    assert ("difficult" in shown) == (difficult > 0)


def test_boxes_from_a_file_have_no_speed():
    shown = str(replace(REPORT, seconds=0.0))
    assert shown.startswith("10 images\n")
    assert "a second" not in shown


def test_of_nothing_it_can_be_shown_too():
    assert "mean" in str(Report((), 0.5, 0, 0.0))
