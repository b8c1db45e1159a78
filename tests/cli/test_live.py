"""``zoo predict`` on cameras and streams, and in a window."""

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import zoo_core
from tests.network_camera import network_camera
from zoo_core.prediction.outputs import window
from zoo_core.prediction.sources import live
from zoo_core.prediction.sources.videos import frames
from zoo_core.training.run import Run


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A run whose detector has learned nothing, so that it finds something everywhere."""
    run = Run.create(
        zoo_core.load_config("tinyssd_shapes", {"input_size": 64}), tmp_path_factory.mktemp("runs") / "new"
    )
    zoo_core.build(run.config).engine.save(run.weights)
    return str(run.folder)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


OUTPUTS = ("--json", "--track", "--score", "0.2", "--coco", "found.json", "--csv", "found.csv")


def check_outputs(lines):
    """Hold all files to what was printed; the drawn video can be read to its end."""
    assert len(lines) > 1
    tracks = [each["track"] for line in lines for each in line["objects"]]
    assert tracks
    assert [each["track_id"] for each in json.loads(Path("found.json").read_text())["annotations"]] == tracks
    assert [int(row["track"]) for row in csv.DictReader(Path("found.csv").read_text().splitlines())] == tracks
    assert len([*frames(Path("found/door.mp4"))]) >= len(lines)
    numbers = [line["frame"] for line in lines]
    assert numbers == sorted({*numbers})


@pytest.mark.slow
def test_a_camera_that_goes_leaves_whole_files(zoo, run_folder, monkeypatch):
    monkeypatch.setattr(live, "_PAUSES", (0.1, 0.1))
    with network_camera(each=15) as address:
        said = zoo("predict", run_folder, address, *OUTPUTS)
    assert said.code == 1
    check_outputs([json.loads(line) for line in said.out.splitlines()])
    assert f"zoo: {address}: the connection is lost; try 1 of 2 in 0.1 s" in said.err
    assert f"zoo: {address}: is there again" in said.err
    assert "2 tries in 0.2 seconds failed" in said.err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_camera_with_whole_files(number, run_folder):
    command = [Path(sys.executable).with_name("zoo"), "predict", run_folder]
    with network_camera(each=100_000) as address:
        process = subprocess.Popen([*command, address, *OUTPUTS], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        lines = [json.loads(process.stdout.readline()) for _ in range(5)]
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    lines += map(json.loads, out.splitlines())
    check_outputs(lines)
    assert f"zoo: stopped after {len(lines)} pictures; what was found in them is kept" in err.decode()


def test_no_camera_is_told(zoo, run_folder):
    said = zoo("predict", run_folder, "97", "--no-draw")
    assert said.code == 1
    assert said.err.startswith("zoo: 97: the camera cannot be opened: there is none, ")


def test_a_machine_without_a_screen_is_told(zoo, run_folder, monkeypatch):
    def shown(message):
        said = zoo("predict", run_folder, "none.jpg", "--show")
        assert said.code == 2
        assert said.err.startswith("zoo: --show: ")
        assert message in said.err
        assert not Path("found").exists()

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    shown("there is no screen here; leave it out, and look at the files in --out")
    monkeypatch.setenv("DISPLAY", ":97")  # nobody is there, and Qt would end the process
    shown("no window can be opened on this screen")
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "  GUI:                           NONE\n")
    shown("this OpenCV has no windows: pip uninstall opencv-python-headless, then install opencv-python")


@pytest.mark.parametrize(("source", "keys", "seen"), [("film.avi", [-1, -1, ord("q")], 3), ("in", [-1, 13, 27], 2)])
def test_what_is_shown_ends_with_a_key(source, keys, seen, zoo, run_folder, monkeypatch):
    """Of a video each frame is shown for a moment; a picture stays until a key is pressed."""
    Path("in").mkdir()
    picture = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    video = cv2.VideoWriter("film.avi", cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for number in range(5):
        cv2.imwrite(f"in/{number}.png", picture)
        video.write(picture)
    video.release()
    shown = []
    monkeypatch.setattr(window, "has_screen", lambda: True)
    monkeypatch.setattr(window.subprocess, "run", lambda *_, **__: None)
    monkeypatch.setattr(cv2, "imshow", lambda _, scene: shown.append(scene))
    monkeypatch.setattr(cv2, "waitKey", lambda _: keys.pop(0))
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: 1.0)
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: None)
    said = zoo("predict", run_folder, source, "--show", "--json", "--no-draw")
    assert said.code == 0
    assert len(said.out.splitlines()) == len(shown) == seen
    assert shown[0].shape == (48, 64, 3)
    assert not keys
