"""zoo eval --report: one run, and several compared."""

from __future__ import annotations

import json

import pytest


def test_a_run_gets_a_page_with_its_configuration(run_folder, tmp_path, zoo):
    code, out, err = zoo("eval", str(run_folder), "--report", str(tmp_path / "new" / "report"), "--score", "0.1")
    assert (code, err) == (0, "")
    assert out.rstrip().endswith(f"report: {tmp_path / 'new' / 'report' / 'report.html'}")
    page = (tmp_path / "new" / "report" / "report.html").read_text(encoding="utf-8")
    assert "Evaluation of quick" in page
    assert "train_images: 8" in page
    assert "zoo-tinyssd" in page
    metrics = json.loads((tmp_path / "new" / "report" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["runs"][0]["score"] == 0.1


@pytest.mark.slow
def test_how_images_were_looked_at_is_told_wherever_numbers_are(run_folder, tmp_path, zoo):
    how = ("--slice", "96x128", "--overlap", "32", "--flip", "--set", "nms.score=0.2", "--set", "nms.keep=7")
    conditions = (
        "windows of 96x128 that overlap by 32 and their mirror images; scores above 0.2, "
        "IoU within a class up to 0.45, 7 boxes of a window; MXNet on cpu"
    )
    code, out, _ = zoo("eval", str(run_folder), "--report", str(tmp_path / "report"), *how)
    assert code == 0
    assert conditions in out.splitlines()
    assert f"Looked at: {conditions}." in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    (run,) = json.loads((tmp_path / "report" / "metrics.json").read_text(encoding="utf-8"))["runs"]
    told = run["scores"]["conditions"]
    assert (told["slice"], told["overlap"], told["flip"], told["nms"]["score"]) == ("96x128", 32, True, 0.2)
    assert json.loads(zoo("eval", str(run_folder), "--json", *how)[1])["conditions"] == told
    plain = json.loads(zoo("eval", str(run_folder), "--json")[1])["conditions"]
    assert (plain["slice"], plain["overlap"], plain["flip"], plain["nms"]["score"]) == (None, None, False, 0.01)


def test_runs_that_looked_otherwise_are_compared_with_a_warning(run_folder, tmp_path, zoo):
    found = tmp_path / "found.json"
    assert zoo("eval", str(run_folder), "--predictions", str(found))[0] == 0
    both = (str(run_folder), str(found), "--config", str(run_folder / "config.yaml"))
    code, _, said = zoo("eval", *both, "--report", str(tmp_path))
    assert code == 0, said
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "They did not look at them in the same way" in page
    assert "<li>found.json: read from a file, or not a detector of the zoo</li>" in page


def test_runs_are_compared_and_json_names_each(run_folder, tmp_path, zoo):
    twin = tmp_path / "twin"
    twin.symlink_to(run_folder)
    code, out, _ = zoo("eval", str(run_folder), str(twin), "--report", str(tmp_path / "report"), "--json")
    assert code == 0
    first, second = json.loads(out)["runs"]
    assert (first["name"], second["name"]) == ("quick", "twin")
    assert first["map_voc07"] == second["map_voc07"]
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert 'id="comparison"' in page
    assert "in the same way" not in page


def test_what_cannot_be_a_report_is_told_and_leaves_nothing_behind(run_folder, tmp_path, zoo):
    file = tmp_path / "file"
    file.write_text("")
    code, _, err = zoo("eval", str(run_folder), "--report", str(file))
    assert code == 2
    assert "is a file, but a report needs a folder" in err
    code, _, err = zoo("eval", str(run_folder), "--report", str(tmp_path / "none"), "--data", str(tmp_path / "nowhere"))
    assert code == 2
    assert "no such folder" in err
    assert not (tmp_path / "none").exists()
