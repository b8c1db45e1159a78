"""Videos become frames in RGB; damaged ones are told."""

import cv2
import numpy as np
import pytest

from zoo_core.errors import DatasetError
from zoo_core.sources.videos import frames, video_facts


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
    assert [frame.shape for frame in found] == [(48, 64, 3)] * 12
    np.testing.assert_allclose([frame[..., 0].mean() for frame in found], [20 * each for each in range(12)], atol=6)
    assert all(frame[..., 1:].max() < 12 for frame in found)
    assert video_facts(clip) == (10.0, 12)


def test_what_is_no_video_is_told(tmp_path, capfd):
    (tmp_path / "no.mp4").write_bytes(b"not a video at all")
    with pytest.raises(DatasetError, match=r"no\.mp4: is not a video"):
        next(frames(tmp_path / "no.mp4"))
    with pytest.raises(DatasetError, match=r"nothing\.mp4: there is no such file"):
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
