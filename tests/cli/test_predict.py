"""``zoo predict`` on everything that can be named, and into everything that can be written."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import zoo_core
from zoo_core.training.run import Run

PROGRAM = Path(sys.executable).with_name("zoo")


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A run whose detector has learned nothing, so that it finds something everywhere."""
    small = zoo_core.load_config("tinyssd_shapes", {"input_size": 64})
    run = Run.create(small, tmp_path_factory.mktemp("runs") / "new")
    zoo_core.build(run.config).engine.save(run.weights)
    return str(run.folder)


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Two pictures of one name in folders; the current folder is the one above."""
    rng = np.random.default_rng(0)
    for name in ("in/a.png", "in/deep/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_clip(path, frames=5):
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for level in range(frames):
        video.write(np.full((48, 64, 3), 40 * level, np.uint8))
    video.release()


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_broken_pictures_are_told_and_the_others_go_on(zoo, run_folder, pictures):
    (pictures / "in" / "b.jpg").write_bytes(b"not a picture")
    said = zoo("predict", run_folder, "in", "nothing.png", "--score", "0", "--json")
    assert said.code == 1
    assert "in/b.jpg: is not an image" in said.err
    assert "nothing.png: no such file" in said.err
    assert "zoo: 2 could not be read; 2 pictures were processed" in said.err
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [line["source"] for line in lines] == ["in/a.png", "in/deep/a.png"]
    assert files(pictures / "found") == ["in/a.png", "in/deep/a.png"]


@pytest.mark.usefixtures("pictures")
def test_a_folder_keeps_its_folders_and_results_are_not_looked_at(zoo, run_folder):
    for _ in range(2):
        said = zoo("predict", run_folder, ".", "--score", "0.9")
        assert said.code == 0
        assert said.out.splitlines() == [
            "in/a.png: nothing found -> found/in/a.png",
            "in/deep/a.png: nothing found -> found/in/deep/a.png",
        ]


def test_videos_are_looked_at_frame_by_frame(zoo, run_folder, pictures):
    write_clip(pictures / "clip.avi")
    said = zoo("predict", run_folder, "clip.avi", "in/a.png", "--score", "0.99")
    assert said.out.splitlines() == [
        "clip.avi: 5 frames, nothing found -> found/clip.mp4",
        "in/a.png: nothing found -> found/in/a.png",
    ]
    said = zoo("predict", run_folder, "clip.avi", "--no-draw", "--json", "--batch", "2")
    assert [json.loads(line)["frame"] for line in said.out.splitlines()] == [0, 1, 2, 3, 4]


def test_tables_hold_what_was_printed(zoo, run_folder, pictures):
    arguments = ("in", "--score", "0", "--json", "--no-draw", "--coco", "out/found.json", "--csv", "out/found.csv")
    said = zoo("predict", run_folder, *arguments)
    printed = [
        (line["source"], each["name"]) for line in map(json.loads, said.out.splitlines()) for each in line["objects"]
    ]
    assert len(printed) > 10
    rows = list(csv.DictReader((pictures / "out" / "found.csv").read_text().splitlines()))
    assert [(row["source"], row["name"]) for row in rows] == printed
    document = json.loads((pictures / "out" / "found.json").read_text())
    names = {each["id"]: each["name"] for each in document["categories"]}
    sources = {each["id"]: each["file_name"] for each in document["images"]}
    assert [(sources[each["image_id"]], names[each["category_id"]]) for each in document["annotations"]] == printed
    assert not (pictures / "found").exists()


def objects(said):
    return [each for line in said.out.splitlines() for each in json.loads(line)["objects"]]


@pytest.mark.usefixtures("pictures")
def test_classes_scores_and_overlaps_are_chosen(zoo, run_folder):
    looked = ("predict", run_folder, "in/a.png", "--json", "--no-draw", "--score")
    everything = objects(zoo(*looked, "0"))
    some = objects(zoo(*looked, "0", "--classes", "circle, square"))
    assert some == [each for each in everything if each["name"] in ("circle", "square")]
    assert 0 < len(some) < len(everything)
    middle = sorted(each["score"] for each in everything)[len(everything) // 2]
    assert all(each["score"] >= middle for each in objects(zoo(*looked, str(middle))))
    fewer = objects(zoo(*looked, "0", "--set", "nms.keep=400", "--nms", "0.1"))
    more = objects(zoo(*looked, "0", "--set", "nms.keep=400", "--nms", "0.9"))
    assert len(fewer) < len(more)


@pytest.mark.usefixtures("pictures")
def test_sources_come_from_the_standard_input(zoo, run_folder, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("in/deep/a.png\nin/none.png\n\nin/a.png\n"))
    said = zoo("predict", run_folder, "-", "--score", "0.9")
    assert said.code == 1
    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["in/deep/a.png", "in/a.png"]
    assert "in/none.png" in said.err


def test_pictures_come_from_the_web(zoo, run_folder, pictures, web):
    web.pages["/x.png?size=1"] = 200, {}, (pictures / "in" / "a.png").read_bytes()
    web.pages["/page.png"] = 200, {}, b"<html>"
    write_clip(pictures / "clip.avi", 3)
    web.pages["/clip.avi"] = 200, {}, (pictures / "clip.avi").read_bytes()
    names = [f"{web.address}{path}" for path in ("/x.png?size=1", "/page.png", "/gone.jpg", "/clip.avi")]
    said = zoo("predict", run_folder, *names, "--score", "0.9")
    assert said.code == 1
    assert said.out.splitlines() == [
        f"{names[0]}: nothing found -> found/x.png",
        f"{names[3]}: 3 frames, nothing found -> found/clip.mp4",
    ]
    assert f"{names[1]}: is not an image" in said.err
    assert f"{names[2]}: the server answers 404" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["*.jpg"], "*.jpg: nothing matches this pattern"),
        (["empty"], "empty: no images in this folder"),
        (["in/a.png", "--classes", "cicle"], "no class is named 'cicle'; did you mean 'circle'? classes: circle,"),
        (["in/a.png", "--nms", "0"], "nms.iou"),
        (["in/a.png", "--batch", "0"], "--batch"),
        (["in/a.png", "--csv", "in"], "in: cannot be written"),
    ],
)
def test_wrong_input_is_told_before_anything_is_done(arguments, message, zoo, run_folder, pictures):
    (pictures / "empty").mkdir()
    said = zoo("predict", run_folder, *arguments)
    assert said.code == 2
    assert said.err.startswith("zoo: ")
    assert message in said.err
    assert not (pictures / "found").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("pictures")
def test_results_do_not_follow_the_bar_to_the_terminal(run_folder, tmp_path):
    """rich sends what is printed beside a bar to the terminal of the bar, and results would be lost in a pipe."""
    terminal, end = pty.openpty()
    command = [PROGRAM, "predict", run_folder, "in", "none.jpg", "--json", "--no-draw"]
    with (tmp_path / "out.jsonl").open("w") as out:
        code = subprocess.run(command, stdout=out, stderr=end, check=False).returncode
    os.close(end)
    seen = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert code == 1
    assert "predicting" in seen
    assert "none.jpg: no such file" in seen
    sources = [json.loads(line)["source"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sources == ["in/a.png", "in/deep/a.png"]


@pytest.mark.slow
@pytest.mark.usefixtures("pictures")
def test_windows_and_mirror_images_of_pictures_and_videos_are_looked_at(zoo, run_folder, pictures):
    write_clip(pictures / "in" / "clip.avi", 2)
    arguments = ("in", "--json", "--score", "0", "--batch", "5", "--no-draw", "--nms", "0.1")
    detector = zoo_core.load(run_folder, {"nms.iou": 0.1})
    for options, views in (
        (("--slice", "32x40", "--overlap", "9", "--flip"), {"slice": (32, 40), "overlap": 9, "flip": True}),
        (("--slice", "40"), {"slice": 40}),
    ):
        said = zoo("predict", run_folder, *arguments, *options)
        assert said.code == 0
        lines = [json.loads(line) for line in said.out.splitlines()]
        assert [line.get("frame") for line in lines] == [None, 0, 1, None]
        found = detector.predict(["in"], 5, **views)
        assert [line["objects"] for line in lines] == [each.to_dict()["objects"] for each in found]
        assert lines[0]["objects"]
    whole = zoo("predict", run_folder, *arguments, "--slice", "100")
    assert whole.out == zoo("predict", run_folder, *arguments).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--slice", "0"], "--slice: the sides of an image size are whole numbers of at least 1"),
        (["--slice", "wide"], "--slice: an image size is HEIGHTxWIDTH"),
        (["--slice", "64", "--overlap", "64"], "--overlap should be less than the sides of slice, 64x64; given 64"),
        (["--slice", "64", "--overlap", "-1"], "--overlap"),
        (["--overlap", "8"], "--overlap is for windows: give slice, too; given 8"),
    ],
)
@pytest.mark.parametrize("command", [("predict", "in/a.png"), ("eval",)])
def test_windows_that_cannot_be_meant_are_told(command, arguments, message, zoo, run_folder, pictures):
    said = zoo(command[0], run_folder, *command[1:], *arguments)
    assert said.code == 2
    assert said.err.startswith("zoo: ")
    assert message in said.err
    assert not (pictures / "found").exists()


@pytest.mark.slow
def test_tracked_objects_have_their_numbers_in_all_that_is_written(zoo, run_folder, pictures):
    """On a still film every object stays what it is; windows and mirror images change nothing in that."""
    still = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    video = cv2.VideoWriter("film.avi", cv2.VideoWriter_fourcc(*"FFV1"), 10, (64, 48))
    (pictures / "row").mkdir()
    for number in range(3):
        video.write(still)
        cv2.imwrite(f"row/{number}.png", still)
    video.release()
    arguments = ("--json", "--track", "--score", "0.3", "--nms", "0.1", "--coco", "out.json", "--csv", "out.csv")
    for views in (("--slice", "48x40", "--flip"),):
        said = zoo("predict", run_folder, "film.avi", "row", *arguments, *views)
        assert said.code == 0
        frames = [[each["track"] for each in json.loads(line)["objects"]] for line in said.out.splitlines()]
        assert len(frames) == 6
        assert len(frames[0]) > 2
        assert {*map(tuple, frames[:3])} == {tuple(frames[0])}
        assert {*map(tuple, frames[3:])} == {tuple(number + len(frames[0]) for number in frames[0])}
        numbers = [number for frame in frames for number in frame]
        assert sorted({*numbers}) == [*range(1, 2 * len(frames[0]) + 1)]
        assert [int(row["track"]) for row in csv.DictReader(Path("out.csv").read_text().splitlines())] == numbers
        assert [each["track_id"] for each in json.loads(Path("out.json").read_text())["annotations"]] == numbers
        assert files(pictures / "found") == ["film.mp4", *(f"row/{number}.png" for number in range(3))]
    said = zoo(
        "predict",
        run_folder,
        "film.avi",
        "--track",
        "--score",
        "0.3",
        "--nms",
        "0.1",
        "--no-draw",
        "--classes",
        "circle",
    )
    circles = said.out.partition("frames, ")[2].partition(" ")[0]
    assert 0 < int(circles) < len(frames[0])
