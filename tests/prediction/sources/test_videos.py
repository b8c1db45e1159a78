"""Videos become frames in RGB; damaged ones are told."""

import os
import struct
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from zoo_core.common.errors import DatasetError
from zoo_core.prediction.sources.videos import VIDEO_SUFFIXES, frames, video_facts


def written(path, images):
    """A video of RGB images, each of them whole in it."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for image in images:
        video.write(np.ascontiguousarray(image[:, :, ::-1]))
    video.release()
    return path


@pytest.fixture
def clip(tmp_path):
    """Twelve frames that grow redder, so that no two are alike."""
    return written(tmp_path / "clip.avi", [np.full((48, 64, 3), (20 * each, 0, 0), np.uint8) for each in range(12)])


def test_frames_come_in_order_and_in_rgb(clip):
    found = list(frames(clip))
    assert [frame.pixels.shape for frame in found] == [(48, 64, 3)] * 12
    levels = [frame.pixels[..., 0].mean() for frame in found]
    np.testing.assert_allclose(levels, [20 * each for each in range(12)], atol=6)
    assert all(frame.pixels[..., 1:].max() < 12 for frame in found)
    np.testing.assert_allclose([frame.time for frame in found], np.arange(12) / 10)
    assert video_facts(clip) == (10.0, 12)


def test_what_is_no_video_is_told(tmp_path, capfd):
    (tmp_path / "no.mp4").write_bytes(b"not a video at all")
    with pytest.raises(DatasetError, match=r"no\.mp4: is not a video"):
        next(frames(tmp_path / "no.mp4"))
    with pytest.raises(DatasetError, match=r"nothing\.mp4: no such file"):
        next(frames(tmp_path / "nothing.mp4"))
    assert capfd.readouterr().err == ""


def test_a_truncated_video_is_told_after_the_frames_that_are_there(tmp_path):
    clip = written(tmp_path / "noise.avi", np.random.default_rng(0).integers(0, 256, (12, 48, 64, 3), dtype=np.uint8))
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) // 2])
    remaining = frames(clip, "the clip")
    found = [next(remaining) for _ in range(3)]
    with pytest.raises(DatasetError, match=r"the clip: ends after \d of 12 frames"):
        found.extend(remaining)
    assert 3 < len(found) < 12


EVEN = [each / 25 for each in range(24)]
UNEVEN = [0, 0.04, 0.08, 0.5, 0.52, 0.9, 1.5, 1.54, 2.5, 2.51]
SELDOM = [0, 10, 20, 30, 40]
NTSC = [each * 1001 / 30000 for each in range(24)]


def timed(path, times, codec, container=None, clock=1000, pixels="yuv420p"):
    """A video whose frames, each a level brighter, are shown at these times."""
    beat = Fraction(1, clock)
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        stream.codec_context.time_base = stream.time_base = beat
        for number, time in enumerate(times):
            grey = np.full((48, 64, 3), 10 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = round(time * clock), beat
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("name", "times", "how"),
    [
        ("uneven.mp4", UNEVEN, {"codec": "mpeg4"}),
        ("uneven.mkv", UNEVEN, {"codec": "mpeg4"}),  # says 64 frames
        ("uneven.webm", UNEVEN, {"codec": "libvpx"}),
        ("seldom.mkv", SELDOM, {"codec": "mpeg4"}),  # says 1001 frames
        ("late.mkv", [5 + each for each in EVEN], {"codec": "mpeg4"}),  # says 149 frames
        ("ntsc.mp4", NTSC, {"codec": "mpeg4", "clock": 30000}),
        ("stream.mpg", EVEN[:16], {"codec": "mpeg2video", "container": "mpeg", "clock": 25}),  # says 1 frame
        ("raw.mpg", EVEN, {"codec": "mpeg1video", "container": "mpeg1video", "clock": 25}),  # says 0, and no times
        ("camera.ts", EVEN, {"codec": "mpeg2video", "container": "mpegts", "clock": 25}),
        ("camera.m2ts", EVEN, {"codec": "mpeg4", "container": "mpegts"}),
        ("raw.h264", EVEN, {"codec": "libx264", "container": "h264", "clock": 25}),  # no times
        ("phone.3gp", UNEVEN, {"codec": "mpeg4", "container": "3gp"}),
        ("short.flv", EVEN, {"codec": "flv", "container": "flv"}),
        ("short.wmv", EVEN, {"codec": "wmv2", "container": "asf"}),
    ],
)
def test_every_frame_comes_once_at_its_time(tmp_path, name, times, how):
    path = timed(tmp_path / name, times, **how)
    assert path.suffix in VIDEO_SUFFIXES
    found = list(frames(path))
    levels = [frame.pixels.mean() for frame in found]
    np.testing.assert_allclose(levels, [10 * each for each in range(len(times))], atol=6)
    np.testing.assert_allclose([frame.time for frame in found], np.array(times) - times[0], atol=2e-3)


@pytest.mark.parametrize("said", [0, 3, 1000, 2**32 - 3])
def test_a_header_that_counts_wrongly_loses_no_frame_and_is_no_damage(clip, said):
    content = bytearray(clip.read_bytes())
    for chunk, field in ((b"avih", 16), (b"strh", 32)):
        place = content.index(chunk) + 8 + field
        content[place : place + 4] = struct.pack("<I", said)
    clip.write_bytes(content)
    assert len(list(frames(clip))) == 12


@pytest.mark.parametrize(
    ("name", "codec", "clock"),
    [("a.mkv", "mpeg4", 1000), ("a.webm", "libvpx", 1000), ("a.avi", "mpeg4", 25), ("a.mp4", "mpeg4", 1000)],
)
def test_truncated_files_of_every_container_are_told(tmp_path, capfd, name, codec, clock):
    path = timed(tmp_path / name, EVEN, codec, clock=clock)
    assert len(list(frames(path))) == 24
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DatasetError, match=r"a\.\w+: (ends after \d+ of 24 frames|is not a video, is damaged)"):
        list(frames(path))
    assert capfd.readouterr() == ("", "")


def test_a_name_that_is_not_utf8_is_opened(clip):
    other = Path(os.fsdecode(os.fsencode(clip.parent) + b"/caf\xe9.avi"))
    clip.rename(other)
    assert len(list(frames(other))) == 12
