"""The three commands that do the work, from a configuration to pictures with boxes."""

import json

import cv2
import pytest

from tests.cli.conftest import QUICK
from zoo_core.cli import main


def test_train_says_what_it_did_and_where_it_is(tmp_path, capsys):
    assert main(["train", "tinyssd_shapes", "--out", str(tmp_path / "run"), *QUICK]) == 0
    shown = capsys.readouterr()
    assert "8 images to train on in 1 epoch" in shown.out
    assert "VOC 2007" in shown.out
    assert f"zoo predict {tmp_path / 'run'}" in shown.out
    assert "step 2/2" in shown.err
    assert cv2.imread(str(tmp_path / "run" / "found.png")).shape[1] > 1000


def test_eval_gives_the_scores_of_the_training(run_folder, capsys):
    assert main(["eval", str(run_folder), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["classes"] == json.loads((run_folder / "metrics.json").read_text())["classes"]
    assert main(["eval", str(run_folder), "--split", "train"]) == 0
    assert "8 images" in capsys.readouterr().out


def test_eval_writes_what_was_found_and_scores_it_again(run_folder, tmp_path, capsys):
    found, table = tmp_path / "found.json", tmp_path / "scores.csv"
    assert main(["eval", str(run_folder), "--json", "--predictions", str(found), "--csv", str(table)]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(["eval", str(found), "--config", str(run_folder / "config.yaml"), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert sum(each["detections"] for each in first["classes"].values()) == len(json.loads(found.read_text())) > 0
    assert [again[key] for key in ("classes", "coco", "map_voc07")] == [
        first[key] for key in ("classes", "coco", "map_voc07")
    ]
    assert (again["seconds"], again["images_per_second"]) == (0, None)
    assert [line.split(",")[0] for line in table.read_text().splitlines()] == ["class", *first["classes"], "mean"]
    assert main(["eval", str(run_folder), str(found), "--json"]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [run["name"] for run in runs] == ["quick", "found.json"]
    assert runs[0]["classes"] == runs[1]["classes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "tinyssd_shape"], "did you mean 'tinyssd_shapes'?"),
        (["train", "tinyssd_shapes", "--set", "training.epoch=3"], "did you mean 'epochs'?"),
        (["train", "tinyssd_256_voc", "--set", "data.root=/nowhere"], "/nowhere"),
        (["eval", "/nowhere"], "no such run folder"),
        (["predict", "/nowhere", "picture.jpg"], "no such run folder"),
    ],
)
def test_wrong_input_is_told_without_a_traceback(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("zoo: ")
    assert message in shown
    assert "Traceback" not in shown


def test_voc_folders_are_trained_on(write_voc, tmp_path, capsys):
    images = {f"{number}": [("Cat", (10, 10, 40, 40)), ("dog", (30, 20, 70, 55), True)] for number in range(6)}
    images["6"] = [("Cat", (5, 5, 5, 9)), ("dog", (30, 20, 70, 55))]
    root = write_voc(tmp_path / "pets", images)
    settings = [
        f"data.root={root}",
        "classes=[Cat, dog]",
        "training.epochs=1",
        "training.batch_size=4",
        "input_size=64",
    ]
    sets = [part for each in settings for part in ("--set", each)]
    assert main(["train", "tinyssd_256_voc", "--out", str(tmp_path / "run"), *sets]) == 0
    shown = capsys.readouterr()
    assert shown.err.count("6.xml") == 1
    assert "Cat" in shown.out
