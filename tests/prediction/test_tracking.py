"""Objects keep their numbers through a video, as those of the authors of ByteTrack do."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.tracking import ByteTrack

CLASSES = ("ball", "car")


def scene(seed):
    """Boxes and scores in sixty frames of nine things that move, cross, hide for a while and come and go.

    No two scores of a frame are the same, so that they tell which box is meant.
    """
    rng = np.random.default_rng(seed)
    at, speed = rng.uniform(20, 280, (9, 2)), rng.uniform(-5, 5, (9, 2))
    size = rng.uniform(20, 60, (9, 2))
    since, until = rng.integers(0, 20, 9), rng.integers(35, 60, 9)
    for frame in range(60):
        at, size = at + speed, size * rng.uniform(0.98, 1.02, (9, 2))
        scores = np.round(rng.uniform(0.55, 0.99, 9), 2) + np.arange(9) / 1000 + 0.0003
        dim = rng.random(9)
        scores[dim < 0.2] -= 0.4
        there = (since <= frame) & (frame <= until) & (dim > 0.05)
        centre = at + rng.normal(0, 1, (9, 2))
        boxes = np.hstack([centre - size / 2, centre + size / 2]).astype(np.float32)
        yield boxes[there], scores[there].astype(np.float32)


def detections(boxes, scores, labels=0, frame=None, source="", time=None):
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    labels = np.broadcast_to(labels, len(boxes)).astype(np.int64)
    scores = np.broadcast_to(scores, len(boxes)).astype(np.float32)
    return Detections(boxes, scores, labels, CLASSES, source, ImageSize(300, 300), frame=frame, time=time)


def test_numbers_are_those_of_the_authors():
    """Held to bytetracker 0.3.2, their code as a package, with threshold .5 for tracks old and new.

    Its boxes were handed over as left, top, width and height, which it takes for centres else.
    """
    theirs = json.loads(Path(__file__).with_name("bytetrack.json").read_text())
    for seed, expected in theirs.items():
        tracker, partner = ByteTrack(), {}
        for (boxes, scores), rows in zip(scene(int(seed)), expected, strict=True):
            order = np.argsort(-scores)
            found = tracker.update(detections(boxes[order], scores[order]))
            pairs = zip(found.scores, found.tracks.tolist(), strict=True)
            ours = {int(np.flatnonzero(scores == score)[0]): number for score, number in pairs}
            assert sorted(ours) == [index for index, _ in rows]
            for index, number in rows:
                assert partner.setdefault(number, ours[index]) == ours[index]
        assert len({*partner.values()}) == len(partner) >= 9


def moving(frames, gone=(), **where):
    """A ball that moves to the right and a car that comes against it; the ball is hidden in some frames."""
    for frame in range(frames):
        x = 10 + 4 * frame
        rows = [(x, 40, x + 30, 70, 0.9, 0), (260 - x, 45, 300 - x, 75, 0.8, 1)][frame in gone :]
        table = np.array(rows, np.float32)
        when = {"frame": frame, "time": frame / 25, "source": "film.mp4", **where}
        yield detections(table[:, :4], table[:, 4], table[:, 5], **when)


def test_objects_keep_their_numbers_where_they_cross_and_when_they_were_hidden():
    for found in ByteTrack().follow(moving(50, gone=range(20, 26))):
        assert dict(zip(found.names, found.tracks.tolist(), strict=True)).items() <= {"ball": 1, "car": 2}.items()
        assert [*found.names] == (["car"] if 20 <= found.frame < 26 else ["ball", "car"])
        assert len(found.trails[-1]) == min(found.frame + 1, 30)
        np.testing.assert_array_equal(found.trails[-1][-1], found.boxes[-1].reshape(2, 2).mean(0))


def test_what_is_lost_for_longer_than_a_second_is_new_when_it_comes_again():
    numbers = [found.of("ball").tracks.tolist() for found in ByteTrack().follow(moving(60, gone=range(20, 50)))]
    assert numbers[19] == [1]
    assert numbers[50] == []  # appears, and is believed when it was seen twice
    assert numbers[51] == [3]


def test_low_scores_go_on_with_a_track_but_begin_none():
    tracker = ByteTrack(score=0.6)
    for frame, score in enumerate((0.9, 0.3, 0.11, 0.05, 0.3)):
        found = tracker.update(detections([[10, 10, 40, 40], [90, 90, 120, 120]], [score, 0.59], frame=frame))
        assert found.tracks.tolist() == ([1] if score > 0.1 and frame < 4 else [])


def test_another_sequence_has_other_numbers():
    tracker = ByteTrack()
    box = [[10, 10, 40, 40]]

    def numbers(**of):
        return tracker.update(detections(box, 0.9, **of)).tracks.tolist()

    assert numbers(source="a.mp4", frame=0) == numbers(source="a.mp4", frame=1) == [1]
    assert numbers(source="b.mp4", frame=2) == [2]
    assert numbers(source="b.mp4", frame=2) == [3]  # the same video from its beginning
    assert numbers(source="in/1.png") == numbers(source="in/2.png") == [4]
    assert numbers(source="in/deep/1.png") == [5]
    assert numbers() == numbers() == [6]


def test_frames_that_were_left_out_count():
    """Of a camera that is suddenly faster than the network only every fifth frame is seen."""
    frames = [found for found in moving(50) if found.frame < 20 or found.frame % 5 == 0]
    assert {tuple(found.tracks.tolist()) for found in ByteTrack().follow(frames)} == {(1, 2)}


def test_numbers_are_in_all_that_detections_become():
    found = [*ByteTrack().follow(moving(10))][-1]
    ball = found.of("ball")
    assert ball.tracks.tolist() == [1]
    assert len(ball.trails) == 1
    assert found[::-1].tracks.tolist() == [2, 1]
    assert found[[]].trails == found[:0].trails == ()
    assert [each["track"] for each in found.to_dict()["objects"]] == [1, 2]
    assert [each["track_id"] for each in found.to_coco(1)] == [1, 2]
    assert found.to_supervision().tracker_id.tolist() == [1, 2]
    assert found.to_pandas()["track"].tolist() == [1, 2]
    image = np.zeros((300, 300, 3), np.uint8)
    drawn = ball.plot(image)
    assert drawn[55, 27:44].any(1).all()  # the way that it came, outside of its box
    plain = next(moving(1))
    assert "track" not in plain.to_dict()["objects"][0]
    assert "track_id" not in plain.to_coco(1)[0]
    assert plain.to_supervision().tracker_id is None


def test_boxes_without_size_and_frames_without_boxes_are_tracked():
    tracker = ByteTrack()
    for _ in range(3):
        assert len(tracker.update(detections([[5, 5, 5, 5], [1, 2, 9, 2]], 0.9))) <= 2
        assert len(tracker.update(detections([], 0.9))) == 0


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(
        zoo.MissingPackageError, match=r"scipy, which is not installed: pip install 'zoo-core\[images\]'"
    ):
        ByteTrack()


@pytest.mark.parametrize("score", [-0.1, 1.1, "high", None, float("nan")])
def test_a_score_that_cannot_be_is_told(score):
    with pytest.raises(zoo.ArgumentError, match="score should be a number from 0 to 1"):
        ByteTrack(score)
