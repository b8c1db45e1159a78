"""zoo eval on files of what was found: on any data set, without a detector and without an engine."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

BOXES = {"a": ("cat", (11, 21, 30, 40)), "b": ("dog", (1, 1, 80, 60))}
"""As VOC's files have them: the first pixel and the last one of each object."""


@pytest.fixture
def pets(tmp_path, write_voc):
    return write_voc(tmp_path / "pets", {name: [each] for name, each in BOXES.items()}, {"train": "a", "test": "ab"})


@pytest.fixture
def found(tmp_path):
    """A file of one right detection, one of another class, and one at an overlap of .6."""

    def write(**changes):
        entries = [
            {"image_id": "a", "category_id": 1, "bbox": [10, 20, 20, 20], "score": 0.9},
            {"image_id": "a", "category_id": 2, "bbox": [10, 20, 20, 20], "score": 0.8},
            {"image_id": "b", "category_id": 2, "bbox": [0, 0, 80, 36], "score": 0.7, **changes},
        ]
        path = tmp_path / "found.json"
        path.write_text(json.dumps(entries))
        return str(path)

    return write


CLASSES = ("--set", "classes=[cat,dog]")


def test_a_file_is_scored_on_a_folder(zoo, pets, found):
    code, out, err = zoo("eval", found(), "--data", str(pets), *CLASSES, "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert {name: each["ap_voc10"] for name, each in report["classes"].items()} == {"cat": 1, "dog": 0.5}
    assert report["classes"]["dog"]["coco"]["ap50"] == pytest.approx(0.5)
    assert report["images"] == 2
    code, out, _ = zoo("eval", found(), "--data", str(pets), *CLASSES, "--json", "--iou", "0.65")
    assert json.loads(out)["classes"]["dog"]["ap_voc10"] == 0
    assert json.loads(out)["iou"] == 0.65


def test_settings_of_the_data_set_are_for_the_folder(zoo, pets, found, tmp_path):
    tables = tmp_path / "table.csv"
    arguments = ("eval", found(image_id="a"), "--data", str(pets), *CLASSES, "--set", "data.validation=train")
    code, out, _ = zoo(*arguments, "--set", "data.difficult=false", "--csv", str(tables))
    assert code == 0
    assert out.startswith("1 image\n")
    assert len(tables.read_text().splitlines()) == 4
    code, _, err = zoo(*arguments, "--set", "data.dificult=false")
    assert code == 2
    assert "did you mean 'difficult'?" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "zoo: found.json: its data set is not known; give it with --data FOLDER"),
        (["--data", "{pets}"], "pets: has no list of its classes; .* --set classes="),
        (["--data", "{pets}", *CLASSES, "--csv", "{pets}"], "pets: cannot be written"),
        (["--data", "{pets}", "--set", "classes=[cat]"], "objects of classes that are not configured: dog"),
        (["other.json", "--data", "{pets}", *CLASSES, "--csv", "x.csv"], "are for one RUN"),
    ],
)
def test_what_is_missing_is_told(zoo, pets, found, arguments, message):
    code, out, err = zoo("eval", found(), *(each.format(pets=pets) for each in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("zoo: ")
    assert re.search(message, err)


def test_what_the_data_set_has_not_is_told(zoo, pets, found):
    code, _, err = zoo("eval", found(image_id="c"), "--data", str(pets), *CLASSES)
    assert code == 2
    assert "found.json: 1 detection of 3 refer to images not in the data set: 'c' (1 detection)" in err
    code, _, err = zoo("eval", found(category_id=3), "--data", str(pets), *CLASSES)
    assert code == 2
    assert "3 (1 detection); available categories: 1 (cat), 2 (dog)" in err


def test_no_engine_is_imported(pets, found):
    arguments = ["eval", found(), "--data", str(pets), *CLASSES]
    code = f"import sys; from zoo_core.cli import main; assert main({arguments}) == 0; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"mxnet", "gluoncv", "zoo_core.engines.gluon"} & set(done.stdout.split())
