"""Files and folders that cannot be read are told by name, at once and in little memory; none is passed over."""

from __future__ import annotations

import json
import os
import resource
import tempfile
from pathlib import Path

import pytest

from tests.data.tools import COCO, VOC, YOLO, coco_table
from zoo_core.common.errors import DatasetError, PredictionsError
from zoo_core.data.checks.checking import check_data

_GIGABYTES = 8 << 30

TEXTS = {
    "yolo table": (YOLO["ultralytics"], "pets.yaml"),
    "yolo list": (YOLO["ultralytics_lists"], "train.txt"),
    "yolo labels": (YOLO["ultralytics"], "labels/train/p0.txt"),
    "yolo classes": (YOLO["label_studio_yolo"], "classes.txt"),
    "darknet table": (YOLO["cvat_yolo"], "obj.data"),
    "darknet names": (YOLO["cvat_yolo"], "obj.names"),
    "voc list": (VOC["cvat_voc"], "ImageSets/Main/default.txt"),
    "voc annotation": (VOC["cvat_voc"], "Annotations/p0.xml"),
    "coco": (COCO["coco_2017"], "annotations/instances_train2017.json"),
}


def told(root, name):
    """What is said of a file; the format is given, for a file that cannot be read may be what it is known by."""
    try:
        return [str(fault) for fault in check_data(root, name).faults]
    except DatasetError as error:
        return [str(error)]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", ["sparse", "pipe"])
def test_a_text_that_has_no_end_is_told(text, kind, tmp_path):
    write, name = TEXTS[text]
    write(tmp_path)
    path = tmp_path / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.touch()
        os.truncate(path, _GIGABYTES)  # takes no room on the disk
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = told(tmp_path, text.split()[0].replace("darknet", "yolo"))
    expected = "is a pipe" if kind == "pipe" else f"has {_GIGABYTES} bytes"
    assert any(Path(name).name in line and expected in line for line in lines), lines
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 100


def test_a_file_of_zeros_is_told_and_not_read(tmp_path):
    COCO["coco_2017"](tmp_path)
    path = tmp_path / "annotations/instances_train2017.json"
    path.write_bytes(bytes(100))
    os.truncate(path, 1 << 30)
    assert any("begins with zero bytes" in line for line in told(tmp_path, "coco"))


def test_results_that_have_no_end_are_told(tmp_path):
    import zoo_core as zoo

    os.mkfifo(tmp_path / "found.json")
    with pytest.raises(PredictionsError, match=r"found\.json: cannot be read: is a pipe"):
        zoo.read_predictions(tmp_path / "found.json", _Nothing())


class _Nothing(list):
    class_names = ("cat",)
    problems = ()


# Locked

LOCKED = {
    "a folder of images": (
        "yolo",
        YOLO["ultralytics"],
        "images/train/more",
        "cannot be read: Permission denied",
    ),
    "all images of a split": ("yolo", YOLO["ultralytics"], "images/train", "cannot be read: Permission denied"),
    "labels": ("yolo", YOLO["ultralytics"], "labels/train", "Permission denied"),
    "annotations": ("voc", VOC["roboflow_voc"], "train", "Permission denied"),
    "lists": ("voc", VOC["cvat_voc"], "ImageSets/Main", "cannot be read: Permission denied"),
    "images of COCO": ("coco", COCO["coco_2017"], "train2017", "Permission denied"),
    "files of COCO": ("coco", COCO["coco_2017"], "annotations", "cannot be read: Permission denied"),
    "the whole": ("coco", COCO["coco_2017"], ".", "Permission denied"),
}


@pytest.fixture
def open_folder():
    """A folder that everybody may look into, as those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("what", LOCKED)
@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can become another user")
def test_what_is_locked_is_told(what, open_folder):
    name, write, folder, said = LOCKED[what]
    write(open_folder)
    assert not any("denied" in line for line in told(open_folder, name))
    locked = open_folder / folder
    if not locked.is_dir():
        locked.mkdir()
        (open_folder / "images" / "train" / "p0.jpg").rename(locked / "p0.jpg")
    locked.chmod(0)
    os.seteuid(65534)  # for root may look anywhere
    try:
        lines = told(open_folder, name)
    finally:
        os.seteuid(0)
        locked.chmod(0o755)
    assert any(said in line and str(locked) in line for line in lines), lines


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can become another user")
def test_a_link_into_a_locked_folder_is_told(open_folder):
    """It may lead to pictures, and was an error that nobody expected."""
    YOLO["ultralytics"](open_folder / "pets")
    (open_folder / "locked" / "more").mkdir(parents=True)
    link = open_folder / "pets" / "images" / "train" / "more"
    link.symlink_to(open_folder / "locked" / "more")
    (open_folder / "locked").chmod(0)
    os.seteuid(65534)
    try:
        lines = told(open_folder / "pets", "yolo")
    finally:
        os.seteuid(0)
        (open_folder / "locked").chmod(0o755)
    assert any(f"{link}: cannot be accessed: Permission denied" in line for line in lines), lines


# Numbers without end


def test_numbers_of_400_digits_are_told(tmp_path):
    long = 10**400
    for change in (
        {"bbox": [long, 1, 2, 3]},
        {"category_id": long},
        {"image_id": long},
        {"area": long},
        {"iscrowd": long},
        {"id": long},
    ):
        table = coco_table(["p0"])
        table["annotations"][0] |= change
        _check(tmp_path, table)
    for change in ({"id": long}, {"width": long}, {"height": -long}, {"file_name": long}):
        table = coco_table(["p0"])
        table["images"][0] |= change
        _check(tmp_path, table)
    table = coco_table(["p0"])
    table["categories"][0]["id"] = long
    _check(tmp_path, table)


def _check(root, table):
    COCO["label_studio_coco"](root)
    (root / "result.json").write_text(json.dumps(table))
    for fault in told(root, "coco"):
        assert len(fault) < 1000
