"""Scores of a file of results on a file of COCO are pycocotools', to the last digits, and need no pictures."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import astuple

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import zoo_core as zoo
from tests.data.tools import coco_table
from tests.sampling import one_in
from zoo_core.cli import main
from zoo_core.common.errors import DatasetError, PredictionsError
from zoo_core.data.readers.coco import CocoReader
from zoo_core.data.settings import CocoSettings

WIDTH, HEIGHT = 640, 480
SIDES = (8.1, 31.99, 32, 32.01, 40.7, 95.9, 96, 96.1, 130.3)
"""Squares of 32 and 96 lie on the edges of the ranges of areas."""


def random_files(seed):
    """A file of COCO and one of results, with numbers of few decimals and equal scores, as tools write them."""
    rng = np.random.default_rng(seed)
    ids = (rng.permutation(60)[:12] * 37 + 1).tolist()  # not in order, with gaps
    categories = [{"id": number, "name": f"class {number}"} for number in (18, 3, 90, 44)]
    images = [{"id": each, "file_name": f"{each:012}.jpg", "width": WIDTH, "height": HEIGHT} for each in ids]
    annotations, found = [], []
    for image_id in ids:
        for _ in range(rng.integers(0, 9)):
            side = rng.choice(SIDES, 1 if rng.random() < 0.5 else 2)
            # Some reach out of the picture, as COCO's own do.
            box = [*(rng.random(2) * (WIDTH - 20, HEIGHT - 20) - 3).round(2).tolist(), float(side[0]), float(side[-1])]
            crowd = int(rng.random() < 0.1)
            area = float(round(box[2] * box[3] * rng.choice([1, 0.71]), 3))
            label = int(rng.choice([18, 3, 90]))  # of the last there are no objects
            annotation = {"id": len(annotations) + 1, "image_id": image_id, "category_id": label, "bbox": box}
            annotations.append({**annotation, "area": area, "iscrowd": crowd})
            for _ in range(rng.integers(0, 4)):
                wrong = np.array(box) + rng.choice([0, 0, 0.5, -1.3, 4], 4) * (1, 1, 1, 1)
                half = rng.random() < 0.2
                if half:  # overlaps of exactly a threshold
                    wrong = np.array(box) * (1, 1, rng.choice([0.5, 0.75, 0.6]), 1)
                entry = {"image_id": image_id, "category_id": int(rng.choice([label, label, 44]))}
                found.append({**entry, "bbox": wrong.tolist(), "score": int(rng.integers(1, 6)) / 5})
    rng.shuffle(found)
    return {"images": images, "categories": categories, "annotations": annotations}, found


def official(truth, found):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(truth))
        evaluation = COCOeval(coco, coco.loadRes(str(found)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(each) for each in evaluation.stats]


def written(folder, table, found):
    truth = folder / "annotations" / "instances_val2017.json"
    truth.parent.mkdir(parents=True, exist_ok=True)
    truth.write_text(json.dumps(table))
    (folder / "found.json").write_text(json.dumps(found))
    return truth, folder / "found.json"


def opened(folder, **settings):
    reader = CocoReader(CocoSettings(root=folder, **settings))
    reader.needs_images = False
    return reader.validation(reader.class_names())


@pytest.mark.parametrize("seed", one_in(3, range(30)))
def test_the_twelve_numbers_are_those_of_pycocotools_on_the_file(tmp_path, seed):
    truth, found = written(tmp_path, *random_files(seed))
    report = zoo.score(zoo.read_predictions(found, opened(tmp_path)))
    numbers = np.nan_to_num(astuple(report.coco), nan=-1).tolist()
    assert numbers == pytest.approx(official(truth, found), abs=1e-12)


def test_the_command_needs_no_pictures_but_for_a_report(tmp_path, capsys):
    truth, found = written(tmp_path, *random_files(1))
    command = ["eval", str(found), "--data", str(tmp_path)]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["coco"]["ap"] == pytest.approx(official(truth, found)[0], abs=1e-12)
    assert main([*command, "--report", str(tmp_path / "report")]) == 2
    assert "image not found" in capsys.readouterr().err


def test_data_without_splits_is_scored_as_a_whole(tmp_path, capsys):
    table, found = random_files(3)
    truth, results = written(tmp_path, table, found)
    truth.rename(tmp_path / "result.json")
    assert main(["eval", str(results), "--data", str(tmp_path), "--json"]) == 0
    ap = json.loads(capsys.readouterr().out)["coco"]["ap"]
    assert ap == pytest.approx(official(tmp_path / "result.json", results)[0], abs=1e-12)


def test_without_a_size_a_picture_is_needed(tmp_path):
    table, found = random_files(2)
    del table["images"][3]["width"]
    written(tmp_path, table, found)
    with pytest.raises(DatasetError, match="image not found"):
        opened(tmp_path)


def results_of(table):
    """Everything found as it is."""
    return [
        {key: each[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.9}
        for each in table["annotations"]
    ]


def perfect(folder, table, found):
    written(folder, table, found)
    return zoo.score(zoo.read_predictions(folder / "found.json", opened(folder))).coco.ap == 1


@pytest.mark.parametrize("truth_ids", [int, float, str])
@pytest.mark.parametrize("found_ids", [int, float, str])
def test_ids_are_found_however_they_are_written(tmp_path, truth_ids, found_ids):
    table = coco_table(["p0", "p1", "p2"], ids=truth_ids)
    found = results_of(coco_table(["p0", "p1", "p2"], ids=found_ids))
    assert perfect(tmp_path, table, found)


@pytest.mark.parametrize("number", [0, 1])
def test_categories_that_share_a_name_score(tmp_path, number):
    table = coco_table(["p0", "p1", "p2"])
    table["categories"].insert(0, {"id": 0, "name": "cat", "supercategory": "none"})
    found = results_of(table)
    for each in found:
        each["category_id"] = number if each["category_id"] == 1 else each["category_id"]
    assert perfect(tmp_path, table, found)
    assert opened(tmp_path).coco_ids.classes == (1, 2)  # what is written has the id that is used
    assert opened(tmp_path).coco_ids.other_classes == ((0, 0),)


def test_an_image_that_is_listed_with_several_ids_scores(tmp_path):
    table = coco_table(["p0", "p1"])
    first = table["images"][0]
    table["images"].append({**first, "id": 9})
    table["annotations"][1]["image_id"] = 9
    assert perfect(tmp_path, table, results_of(table))


@pytest.mark.parametrize("crowd", [1, 1.0, "1", True])
def test_a_crowd_is_one_however_that_is_written(tmp_path, crowd):
    table = coco_table(["p0"])
    table["annotations"][0]["iscrowd"] = crowd
    written(tmp_path, table, [])
    assert opened(tmp_path).without_pixels(0).crowd.tolist() == [True, False]


@pytest.mark.parametrize(
    "change", [{"image_id": 10**400}, {"category_id": 10**400}, {"score": 10**400}, {"bbox": [10**400, 1, 2, 3]}]
)
def test_results_with_numbers_of_400_digits_are_told(tmp_path, change):
    table = coco_table(["p0"])
    entry = results_of(table)[0] | change
    written(tmp_path, table, [entry])
    with pytest.raises(PredictionsError, match=r"found\.json: ") as raised:
        zoo.read_predictions(tmp_path / "found.json", opened(tmp_path))
    assert len(str(raised.value)) < 500
