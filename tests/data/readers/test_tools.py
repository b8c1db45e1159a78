"""What each tool writes is recognised and read: every picture, every box, every class."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.data.tools import COCO, NAMES, OBJECTS, VOC, YOLO
from tests.data.tools_of_tables import CVAT, DATUMARO, LABELME, OPEN_IMAGES, SUPERVISELY
from tests.sampling import one_in
from zoo_core.data.checks.checking import check_data
from zoo_core.data.opening import reader_at

TOOLS = {
    tool: (reader, write)
    for reader, tools in (
        ("yolo", YOLO),
        ("voc", VOC),
        ("coco", COCO),
        ("cvat", CVAT),
        ("openimages", OPEN_IMAGES),
        ("labelme", LABELME),
        ("datumaro", DATUMARO),
        ("supervisely", SUPERVISELY),
    )
    for tool, write in tools.items()
}
BOXES = sorted((label, box) for objects in OBJECTS.values() for label, box in objects)


def boxes_in(dataset):
    return [
        (NAMES[label], tuple(round(float(side), 2) for side in box))
        for sample in dataset
        for box, label in zip(sample.boxes, sample.labels, strict=True)
    ]


@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_tool_writes_is_read_at_once(tool, tmp_path):
    name, write = TOOLS[tool]
    write(tmp_path)
    report = check_data(tmp_path)
    assert report.format == name
    assert report.can_train, report.faults
    notes = {fault.kind.value for fault in report.faults}
    reader = reader_at(tmp_path)
    train = reader.train(NAMES)
    if len(report.splits) == 1:
        assert {*report.splits} < {"default", "result", "result_coco", "labels", "annotations", "_annotations.coco"}
        assert notes == {"unusable split"}  # nobody has said what to score on
        assert (len(train), sorted(boxes_in(train))) == (3, BOXES)
    else:
        assert notes <= {"annotation"}  # a split that is named and not there
        assert sorted(boxes_in(train) + boxes_in(reader.validation(NAMES))) == BOXES
        assert len(reader.validation(NAMES)) == 1
    if reader.class_names() is not None:
        assert reader.class_names() == NAMES


@pytest.mark.parametrize("tool", one_in(3, TOOLS))
def test_the_folder_may_be_named_in_any_way(tool, tmp_path, monkeypatch):
    """Relative, through a link, or as the folder in which one is: what is in the files stays the same."""
    write = TOOLS[tool][1]
    write(tmp_path / "pets")
    (tmp_path / "linked").symlink_to(tmp_path / "pets")
    monkeypatch.chdir(tmp_path)
    counts = {len(reader_at(Path(root)).train(NAMES)) for root in ("pets", "./pets/", "linked")}
    monkeypatch.chdir("pets")
    counts.add(len(reader_at(Path()).train(NAMES)))
    assert counts <= {2, 3}
    assert len(counts) == 1


def test_a_link_to_a_folder_is_followed_and_a_circle_is_not(tmp_path):
    YOLO["ultralytics"](tmp_path / "pets")
    (tmp_path / "pets" / "images" / "train").rename(tmp_path / "elsewhere")
    (tmp_path / "pets" / "images" / "train").mkdir()
    (tmp_path / "pets" / "images" / "train" / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "pets" / "images" / "train" / "again").symlink_to(tmp_path / "pets" / "images")
    (tmp_path / "pets" / "images" / "train" / "itself").symlink_to("itself")
    (tmp_path / "pets" / "itself").symlink_to("itself")
    reader = reader_at(tmp_path / "pets")
    assert {Path(record.image_id).name for record in reader.records("train")} == {"p0", "p1", "p2"}
