"""zoo eval --report: one run, and several compared."""

from __future__ import annotations

import json


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


def test_runs_are_compared_and_json_names_each(run_folder, tmp_path, zoo):
    twin = tmp_path / "twin"
    twin.symlink_to(run_folder)
    code, out, _ = zoo("eval", str(run_folder), str(twin), "--report", str(tmp_path / "report"), "--json")
    assert code == 0
    first, second = json.loads(out)["runs"]
    assert (first["name"], second["name"]) == ("quick", "twin")
    assert first["map_voc07"] == second["map_voc07"]
    assert 'id="comparison"' in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")


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
