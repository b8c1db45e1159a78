"""What a report says, as a page, JSON and CSV."""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from tests.evaluation.conftest import image
from zoo_core.common.colours import class_colour, css, text_colour
from zoo_core.common.errors import DatasetError, RunError
from zoo_core.evaluation.evaluate import evaluate
from zoo_core.evaluation.page.charts import Axes, nice_ticks, stepped
from zoo_core.evaluation.page.evaluation import Evaluation, check_same_data
from zoo_core.evaluation.page.writing import evaluation_of, write_evaluations, write_report
from zoo_core.evaluation.results import Results

SECTIONS = ["summary", "classes", "curves", "confusion", "calibration", "errors", "pictures", "speed", "configuration"]


class Elements(HTMLParser):
    """Every tag of a page with its attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def page(report_of_one):
    return Elements((report_of_one / "report.html").read_text(encoding="utf-8"))


def test_all_sections_are_there_and_the_contents_lead_to_them(page):
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {f"{name}1" for name in SECTIONS} | {"dataset"} <= ids
    links = [attributes["href"] for tag, attributes in page.tags if tag in ("a", "use")]
    assert {link.removeprefix("#") for link in links} <= ids
    assert len(ids) == len([1 for _, attributes in page.tags if "id" in attributes])


def test_names_are_text_and_never_tags(page, report_of_two):
    for elements in (page, Elements((report_of_two / "report.html").read_text(encoding="utf-8"))):
        assert not {tag for tag, _ in elements.tags} & {"script", "img", "b", "iframe"}
        assert not [name for _, attributes in elements.tags for name in attributes if name.startswith("on")]
        assert "<script>document.title='broken'</script>" in elements.text
        assert "<img src=x onerror=alert(1)>" in elements.text


def test_nothing_comes_from_elsewhere(page):
    places = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("href", "src")]
    assert all(place.startswith(("#", "data:")) for place in places)
    text = page.text
    assert "@import" not in text
    assert not re.search(r"url\((?!#|\"data:)", text)
    policy = next(each["content"] for tag, each in page.tags if each.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy


def test_the_scores_are_those_of_evaluate(report_of_one, hostile_data, make_guesser):
    scores = evaluate(make_guesser(), hostile_data)
    metrics = json.loads((report_of_one / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["runs"][0]["scores"]["map_voc10"] == scores.map_voc10
    page = Elements((report_of_one / "report.html").read_text(encoding="utf-8"))
    assert f"{scores.map_voc10:.3f}" in page.text
    assert f"{scores.coco.ap:.3f}" in page.text


def test_json_has_everything_and_adds_up(report_of_one, hostile_data):
    metrics = json.loads((report_of_one / "metrics.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert metrics["dataset"]["images"] == len(hostile_data)
    assert metrics["dataset"]["objects"] == sum(len(hostile_data[index].labels) for index in range(len(hostile_data)))
    assert metrics["dataset"]["difficult"] == 4
    (run,) = metrics["runs"]
    counts = np.array(run["confusion"]["counts"])
    right, found, objects = counts.trace(), counts[:, :-1].sum(), counts[:-1].sum()
    assert run["at_score"]["precision"] == pytest.approx(right / found)
    assert run["at_score"]["recall"] == pytest.approx(right / objects)
    assert sum(run["calibration"]["right"]) > 0
    assert set(run["errors"]["kinds"]) == {
        "classification",
        "localisation",
        "both",
        "duplicate",
        "background",
        "missed",
    }


def test_csv_is_the_table_of_scores_of_each_run_with_thresholds_behind(report_of_two):
    with (report_of_two / "per_class.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    metrics = json.loads((report_of_two / "metrics.json").read_text(encoding="utf-8"))
    assert [(row["run"], row["class"]) for row in rows] == [
        (run["name"], name) for run in metrics["runs"] for name in [*run["scores"]["classes"], "mean"]
    ]
    first = metrics["runs"][0]
    scores, points = first["scores"]["classes"], first["classes"]
    for row in rows[: len(scores)]:
        score, point = scores[row["class"]], points[row["class"]]
        numbers = {key: score[key] for key in ("ap_voc07", "ap_voc10", "objects", "difficult", "detections")}
        numbers |= score["coco"] | {f"{at}_{key}": value for at in point for key, value in point[at].items()}
        assert {key: float(row[key]) if row[key] else None for key in numbers} == numbers
    mean = rows[len(scores)]
    assert float(mean["ap_voc10"]) == first["scores"]["map_voc10"]
    assert float(mean["best_f1_score"]) == first["best_f1"]["score"]
    assert float(mean["at_score_recall"]) == first["at_score"]["recall"]
    assert not [value for row in rows for value in row.values() if value == "nan"]


def test_what_was_found_lies_beside_it(report_of_one, report_of_two):
    (run,) = json.loads((report_of_one / "metrics.json").read_text(encoding="utf-8"))["runs"]
    found = json.loads((report_of_one / "predictions.json").read_text(encoding="utf-8"))
    assert len(found) == sum(each["detections"] for each in run["scores"]["classes"].values())
    assert sorted(path.name for path in report_of_two.glob("pred*")) == ["predictions_1.json", "predictions_2.json"]


def test_runs_are_compared(report_of_two):
    page = Elements((report_of_two / "report.html").read_text(encoding="utf-8"))
    assert {"comparison", "run1", "run2"} <= {attributes.get("id") for _, attributes in page.tags}
    first, second = (
        run["scores"]["map_voc07"] for run in json.loads((report_of_two / "metrics.json").read_text())["runs"]
    )
    sign = "+" if second > first else "\N{MINUS SIGN}"
    assert f"{sign}{abs(second - first):.3f}" in page.text


def test_an_old_report_is_replaced_and_other_files_stay(tmp_path, hostile_data, make_guesser):
    (tmp_path / "report.html").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    write_report(tmp_path, make_guesser(), hostile_data, pictures=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "metrics.json",
        "notes.txt",
        "per_class.csv",
        "predictions.json",
        "report.html",
    ]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") != "old"


def test_a_file_in_the_place_of_the_folder_is_told_before_anything_is_looked_at(tmp_path, hostile_data, make_guesser):
    (tmp_path / "report").write_text("")
    with pytest.raises(RunError, match="report: is a file, but a report needs a folder"):
        write_report(tmp_path / "report", make_guesser(), hostile_data)


def test_runs_on_other_data_are_not_compared(tmp_path, hostile_data, make_guesser):
    one = evaluation_of("one", make_guesser(), hostile_data)
    images = one.results.images

    def other(**changes):
        results = one.results.__class__(**{"class_names": one.results.class_names, "images": images, **changes})
        return Evaluation("two", results)

    moved = images[0].__class__(**{**vars(images[0]), "true_boxes": images[0].true_boxes + 1})
    renamed = images[0].__class__(**{**vars(images[0]), "image_id": "another"})
    for changed, message in (
        (other(images=images[1:]), "15 images, not 16"),
        (other(class_names=("a", "b", "c")), "classes a, b, c, not"),
        (other(images=(moved, *images[1:])), "other objects in image"),
        (other(images=(renamed, *images[1:])), "image another where"),
    ):
        with pytest.raises(DatasetError, match=f"two: was not evaluated on the same data as one.*{message}"):
            write_evaluations(tmp_path, [one, changed], hostile_data)
    check_same_data([one, other()])


def test_pictures_without_objects_and_detectors_without_detections_have_a_report(tmp_path, hostile_data):
    class Blind:
        class_names = hostile_data.class_names

        def predict(self, images):
            from zoo_core.prediction.detections import Detections

            empty = np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64)
            return [Detections(*empty, self.class_names) for _ in images]

    write_report(tmp_path, Blind(), hostile_data)
    page = Elements((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "nan" not in page.text
    assert "weight of the errors" in page.text


def test_ticks_are_round_and_reach_far_enough():
    for largest in (0, 1, 3, 7, 10, 99, 101, 12345):
        ticks = nice_ticks(largest, 3)
        assert ticks[0] == 0
        assert ticks[-1] >= largest
        assert 2 <= len(ticks) <= 6
        assert all(float(tick).is_integer() for tick in ticks)


def test_the_line_of_a_curve_goes_down_in_steps():
    from zoo_core.evaluation.curves import Curve, OperatingPoint

    axes = Axes(120, 120, left=10, right=10, top=10, bottom=10)
    nowhere = OperatingPoint(math.nan, math.nan, math.nan)
    line = stepped(axes, Curve(np.array([0.5, 1]), np.array([1, 0.5]), nowhere), "cat")
    assert line.path == "M10.0 10.0V10.0H60.0V60.0H110.0"
    assert line.point is None
    assert stepped(axes, Curve(np.empty(0), np.empty(0), nowhere), "cat").path == ""


def test_a_class_that_is_never_found_and_one_without_objects_appear_in_their_colours(tmp_path):
    """And each class has the colour of all other pictures, wherever it is named."""
    truth = [([10, 10, 60, 60], 0), ([80, 80, 150, 150], 1)]
    seen = replace(image([([10, 10, 60, 60], 0, 0.9)], truth), image_id="one")
    results = Results(("cat", "dog", "bird"), (seen,))
    pixels = np.zeros((200, 200, 3), np.uint8)
    write_evaluations(tmp_path, [Evaluation("run", results)], [SimpleNamespace(image=pixels)])
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    legend = re.search(r'<ul class="legend">(.*?)</ul>', text, re.DOTALL)[1]
    rows = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", each)).strip() for each in legend.split("</li>")]
    assert rows[1:4] == ["cat 1.000", "dog none found 0.000", "bird no objects"]
    strokes = re.findall(r'style="stroke:(#\w+)"', legend)
    assert strokes == [css(class_colour(label)) for label in range(3)]
    assert "no object found" in text
    assert re.search(r"No object, and so no average precision:.*?bird", text, re.DOTALL)
    for label, name in enumerate(("cat", "dog", "bird")):
        swatches = re.findall(rf'<i class="swatch" style="background:(#\w+)"></i>(?:<[^>]+>)?{name}\b', text)
        assert len(swatches) >= 3
        assert set(swatches) == {css(class_colour(label))}
    assert f'class="box missed" style="--of-class:{css(class_colour(1))}"' in text
    caption = re.search(r'<rect [^>]*fill="(#\w+)"/>\s*<text [^>]*fill:(#\w+)"[^>]*>dog</text>', text)
    assert caption.groups() == (css(class_colour(1)), css(text_colour(class_colour(1))))
