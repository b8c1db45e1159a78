"""Cameras and streams: the newest frame, and a connection that is made again when it is lost."""

import queue
import threading
import time

import numpy as np
import pytest

from tests.network_camera import network_camera
from zoo_core.common.errors import DatasetError
from zoo_core.prediction.sources import live
from zoo_core.prediction.sources.finding import Inputs, is_one_picture
from zoo_core.prediction.sources.live import is_live, live_frames, public_name
from zoo_core.prediction.sources.pictures import pictures


class FakeCapture:
    """Gives the frames that come through a queue, by their level, until there is None."""

    def __init__(self, levels=()):
        self.coming, self.released = queue.Queue(), threading.Event()
        for level in levels:
            self.coming.put(level)

    def get(self, _):
        return 0.0

    def read(self):
        level = self.coming.get(timeout=20)
        return (False, None) if level is None else (True, np.full((4, 6, 3), (0, 0, level), np.uint8))

    def release(self):
        self.released.set()


@pytest.fixture
def captures(monkeypatch):
    """What the next connections are, one after the other."""
    waiting = []
    monkeypatch.setattr(live, "_opened", lambda _: waiting.pop(0))
    return waiting


def level(frame):
    assert frame.pixels[..., 1:].max() == 0  # RGB
    return int(frame.pixels[0, 0, 0])


def test_a_lost_connection_is_made_again_and_frames_go_on_counting(captures):
    first, second = FakeCapture(), FakeCapture([None])
    third, said, pauses = FakeCapture([7, None]), [], []
    captures += [first, second, third, *(FakeCapture([None]) for _ in range(5))]
    frames = live_frames("rtsp://me:secret@cam/door", said.append, pauses.append)
    for number in range(3):
        first.coming.put(10 * number)
        frame = next(frames)
        assert (level(frame), frame.number, frame.rate) == (10 * number, number, 25)
    first.coming.put(None)
    frame = next(frames)
    assert (level(frame), frame.number) == (7, 3)
    assert frame.time >= 0
    assert pauses == [1, 2]
    with pytest.raises(
        DatasetError, match=r"me:\*\*\*@cam/door: was lost after 4 frames, and 5 tries in 30 seconds failed"
    ):
        next(frames)
    assert pauses == [1, 2, 1, 2, 4, 8, 15]
    assert said[:3] == [
        "rtsp://me:***@cam/door: the connection is lost; try 1 of 5 in 1 s",
        "rtsp://me:***@cam/door: the connection is lost; try 2 of 5 in 2 s",
        "rtsp://me:***@cam/door: is there again",
    ]
    assert all(each.released.wait(5) for each in (first, second, third))


def test_frames_for_which_there_was_no_time_are_passed_over_and_counted(captures):
    capture = FakeCapture([1])
    captures.append(capture)
    frames = live_frames("0")
    assert next(frames).number == 0
    for each in (2, 3, 4):
        capture.coming.put(each)
    while not capture.coming.empty():
        time.sleep(0.01)
    seen = [next(frames)]
    while seen[-1].number < 3:
        seen.append(next(frames))
    assert level(seen[-1]) == 4
    frames.close()
    capture.coming.put(5)
    assert capture.released.wait(5)


def test_what_is_not_there_is_told_at_once(captures):
    for name, message in (
        ("0", "0: the camera cannot be opened: there is none, another program has it, or you may not use it"),
        ("rtsp://cam", "rtsp://cam: cannot be reached, or sends no video that can be read"),
    ):
        captures.append(FakeCapture([None]))
        with pytest.raises(DatasetError, match=message):
            next(live_frames(name, pause=pytest.fail))


def test_names_of_cameras_and_streams_are_told_from_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1").mkdir()
    for name in (
        "0",
        "12",
        "rtsp://cam:554/x",
        "RTSP://cam",
        "rtmp://h/app",
        "udp://@:5000",
        "http://h/a/cam.MJPG?x=1",
    ):
        assert is_live(name)
        assert not is_one_picture(name)
    for name in (
        "1",
        "123",
        "-1",
        "0.5",
        "a.jpg",
        "",
        "http://h/x.jpg",
        "https://h",
        "file:///x",
        "/dev/null",
        "rtsp:x",
        "//[",
    ):
        assert not is_live(name)
    assert public_name("rtsp://cam/x") == "rtsp://cam/x"
    named = list(Inputs(["0", "rtsp://a:b@cam/door/main", "udp://"]))
    assert [(each.name, str(each.place), each.live) for each in named] == [
        ("0", "camera-0", "0"),
        ("rtsp://a:***@cam/door/main", "main", "rtsp://a:b@cam/door/main"),
        ("udp://", "picture", "udp://"),
    ]
    assert all(each.is_video for each in named)


def test_a_camera_in_the_network_is_recognised_by_what_it_sends(monkeypatch):
    monkeypatch.setattr(live, "_PAUSES", (0.1, 0.1))
    said = []
    with network_camera(each=8) as address:
        found = [*pictures(Inputs([address]), said.append)]
    *frames, error = found
    assert isinstance(error, DatasetError)
    assert "frames, and 2 tries in 0.2 seconds failed" in str(error)
    numbers = [frame.frame for frame in frames]
    assert numbers == sorted({*numbers})
    assert numbers[-1] >= 7  # the last picture of a connection may be lost with it
    assert all(frame.source.shape == (48, 64, 3) for frame in frames)
    assert {frame.input for frame in frames} == {frames[0].input}
    assert frames[0].input.is_video
    assert any("is there again" in line for line in said)
