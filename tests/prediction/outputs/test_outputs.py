"""What was found, written down for other programs."""

import contextlib
import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO

from zoo_core.common.errors import DatasetError
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.data.pipeline.images import read_image
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.outputs.coco import coco_file
from zoo_core.prediction.outputs.csv_table import CSV_COLUMNS, csv_table
from zoo_core.prediction.outputs.drawn import DrawnFiles
from zoo_core.prediction.outputs.lines import as_json_line, summaries
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.pictures import Picture
from zoo_core.prediction.sources.videos import frames, video_facts

SIZE = ImageSize(48, 64)


def found(count=2, level=200):
    boxes = np.array([[10, 20, 50, 40], [0, 0, 30, 30]], dtype=np.float32)[:count]
    image = np.full((*SIZE, 3), level, np.uint8)
    scores, labels = np.array([0.9, 0.25], dtype=np.float32)[:count], np.array([1, 0])[:count]
    return Detections(boxes, scores, labels, ("cat", "dog"), "", SIZE, lambda: image)


def picture(name, place=None):
    return Picture(Path(name), Input(name, Path(place or name)))


def clip(name, length):
    source = Input(name, Path(name))
    return [Picture(None, source, number, 10.0) for number in range(length)]


def test_coco_reads_the_document_as_a_data_set_and_as_results(tmp_path, capsys):
    path = tmp_path / "new" / "found.json"
    pictures = [picture("val/000000000139.jpg"), picture("b.jpg"), picture("more/139.jpg"), *clip("7.mp4", 2)]
    with coco_file(path, ("cat", "dog")) as add:
        for each in pictures:
            add(each, found())
        assert not path.exists()
    document = json.loads(path.read_text())
    assert [image["id"] for image in document["images"]] == [139, 1, 2, 3, 4]
    assert document["images"][3] == {"id": 3, "file_name": "7.mp4", "frame": 0, "width": 64, "height": 48}
    assert document["annotations"][0]["bbox"] == [10, 20, 40, 20]
    truth = COCO(str(path))
    assert truth.loadCats([2])[0]["name"] == "dog"
    results = truth.loadRes(document["annotations"])
    assert len(results.getAnnIds(imgIds=[139])) == 2
    capsys.readouterr()


def test_a_document_of_nothing_is_one_too(tmp_path):
    with coco_file(tmp_path / "found.json", ("cat",)):
        pass
    assert json.loads((tmp_path / "found.json").read_text()) == {
        "annotations": [],
        "images": [],
        "categories": [{"id": 1, "name": "cat"}],
    }


def test_tables_have_a_row_an_object(tmp_path):
    with csv_table(tmp_path / "found.csv") as add:
        add(picture('odd, "name".jpg'), found())
        add(picture("nothing.jpg"), found(0))
        add(clip("clip.mp4", 3)[2], found(1))
    rows = list(csv.reader((tmp_path / "found.csv").read_text().splitlines()))
    assert rows[0] == list(CSV_COLUMNS)
    assert rows[1:] == [
        ['odd, "name".jpg', "", "dog", "0.9", "10.00", "20.00", "50.00", "40.00"],
        ['odd, "name".jpg', "", "cat", "0.25", "0.00", "0.00", "30.00", "30.00"],
        ["clip.mp4", "2", "dog", "0.9", "10.00", "20.00", "50.00", "40.00"],
    ]


@pytest.mark.parametrize("opened", [lambda path: coco_file(path, ()), csv_table])
def test_a_file_is_whole_or_as_it_was(opened, tmp_path):
    path = tmp_path / "found"
    path.write_text("old")
    with contextlib.suppress(KeyboardInterrupt), opened(path) as add:
        add(picture("a.jpg"), found(0))
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(DatasetError, match="cannot be written"), opened(path / "below"):
        pass


def test_lines_of_json_say_the_frame():
    assert json.loads(as_json_line(picture("a/b.jpg"), found(0))) == {
        "source": "a/b.jpg",
        "width": 64,
        "height": 48,
        "objects": [],
    }
    assert json.loads(as_json_line(clip("clip.mp4", 2)[1], found()))["frame"] == 1


def test_a_video_is_one_line_when_it_has_ended():
    said = []
    with summaries(said.append, lambda source: f"found/{source.name}") as add:
        for each in [picture("a.jpg"), *clip("1.mp4", 3), *clip("2.mp4", 1), picture("b.jpg")]:
            add(each, found(0 if each.input.name == "b.jpg" else 2))
    assert said == [
        "a.jpg: 1 dog, 1 cat -> found/a.jpg",
        "1.mp4: 3 frames, 3 dogs, 3 cats -> found/1.mp4",
        "2.mp4: 1 frame, 1 dog, 1 cat -> found/2.mp4",
        "b.jpg: nothing found -> found/b.jpg",
    ]


def test_drawn_files_never_overwrite_each_other(tmp_path):
    with DrawnFiles(tmp_path) as drawn:
        for each in [picture("a/x.jpg"), picture("b/x.jpg"), picture("x.jpg", "b/x.jpg"), picture("odd.name")]:
            drawn.add(each, found())
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert names == ["a/x.jpg", "b/x-2.jpg", "b/x.jpg", "odd.jpg"]
    height, width, _ = read_image(tmp_path / "a" / "x.jpg").shape
    assert (height >= SIZE[0], width >= SIZE[1]) == (True, True), "a legend may stand below"


def test_videos_are_drawn_frame_by_frame(tmp_path):
    with DrawnFiles(tmp_path) as drawn:
        for each in [*clip("clip.avi", 4), *clip("clip.avi", 2), picture("a.png")]:
            drawn.add(each, found(level=0 if each.frame == 0 else 200))
            assert drawn.path_of(each.input).parent == tmp_path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "clip-2.mp4", "clip.mp4"]
    assert video_facts(tmp_path / "clip.mp4") == (10.0, 4)
    first, second, *_ = (frame.pixels for frame in frames(tmp_path / "clip.mp4"))
    assert first.shape == (*SIZE, 3)
    assert np.median(second) - np.median(first) > 100


def test_frames_of_an_uneven_video_are_seen_at_their_times(tmp_path):
    """Times of 0, .1, .15, .2 and 1 second at ten frames a second: none is left out, and gaps are filled."""
    source, times = Input("clip.mkv", Path("clip.mkv")), (0, 0.1, 0.15, 0.2, 1)
    with DrawnFiles(tmp_path) as drawn:
        for number, time in enumerate(times):
            drawn.add(Picture(None, source, number, 10.0, time), found(0, level=50 * number))
    levels = [round(frame.pixels.mean() / 50) for frame in frames(tmp_path / "clip.mp4")]
    assert levels == [0, 1, 2, *([3] * 7), 4]


def test_a_stream_that_changes_its_size_is_drawn_to_the_end(tmp_path):
    source = Input("clip.mkv", Path("clip.mkv"))
    with DrawnFiles(tmp_path) as drawn:
        for number, (height, width) in enumerate([(48, 64), (96, 128), (48, 64)]):
            image = np.zeros((height, width, 3), np.uint8)
            nothing = Detections(*(each[:0] for each in (found().boxes, found().scores, found().labels)), ("cat",))
            drawn.add(Picture(None, source, number, 10.0), replace(nothing, _image=lambda image=image: image))
    assert [frame.pixels.shape for frame in frames(tmp_path / "clip.mp4")] == [(48, 64, 3)] * 3


def test_a_video_that_was_stopped_is_not_there(tmp_path):
    with contextlib.suppress(KeyboardInterrupt), DrawnFiles(tmp_path) as drawn:
        drawn.add(clip("clip.avi", 1)[0], found())
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    for each in (picture("a.jpg"), clip("clip.mp4", 1)[0]):
        with pytest.raises(DatasetError, match="cannot be written"), DrawnFiles(tmp_path / "file") as drawn:
            drawn.add(each, found())


@pytest.mark.parametrize(("name", "most"), [("wide.jpg", 65_500), ("wide.webp", 16_383)])
def test_a_picture_that_is_too_large_for_its_kind_is_refused(tmp_path, capfd, name, most):
    with pytest.raises(DatasetError, match=rf"{name}: cannot be written: 1x{most + 1} .* at most {most}; choose PNG"):
        write_image(np.zeros((1, most + 1, 3), np.uint8), tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err == "", "what a library prints says less"
    write_image(np.zeros((1, most, 3), np.uint8), tmp_path / name)
