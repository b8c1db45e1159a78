from __future__ import annotations

import numpy as np
import pytest

from tests.data.conftest import CLASSES, HEIGHT, WIDTH, picture, write_picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.checks.checking import check_data
from zoo_core.data.readers.openimages import OpenImagesReader
from zoo_core.data.settings import OpenImagesSettings

HEADER = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside"
V6 = ",XClick1X,XClick2X,XClick3X,XClick4X,XClick1Y,XClick2Y,XClick3Y,XClick4Y"
DESCRIPTIONS = "/m/01yrx,cat\n/m/0bt9lr,dog\n"
CAT = "a,xclick,/m/01yrx,1,0.125,0.375,0.5,1,0,0,0,0,0"


def write(root, lines, name="train-annotations-bbox.csv", header=HEADER):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("\n".join([header, *lines]) + "\n")
    return OpenImagesReader(OpenImagesSettings(root=root))


@pytest.fixture
def root(tmp_path):
    write_picture(tmp_path / "train" / "a.png", "a")
    (tmp_path / "class-descriptions-boxable.csv").write_text(DESCRIPTIONS)
    return tmp_path


def test_boxes_are_fractions_of_the_picture(root):
    dataset = write(root, [CAT, "a,xclick,/m/0bt9lr,1,0,1,0,1,1,1,0,0,0"]).train(CLASSES)
    np.testing.assert_allclose(dataset[0].boxes, [[10, 30, 30, 60], [0, 0, WIDTH, HEIGHT]])
    assert dataset[0].labels.tolist() == [0, 1]


@pytest.mark.parametrize(("flag", "crowd"), [("1", True), ("0", False), ("-1", False)])
def test_groups_are_crowds(root, flag, crowd):
    group = f"a,xclick,/m/0bt9lr,1,0,1,0,1,0,0,{flag},0,0"
    write(root, [CAT, group])
    reader = write(root, [CAT, group], "validation-annotations-bbox.csv")
    assert reader.validation(CLASSES)[0].crowd.tolist() == [False, crowd]
    assert len(reader.train(CLASSES)[0].boxes) == 1 + (not crowd)


@pytest.mark.parametrize(
    ("name", "images"),
    [
        ("train-annotations-bbox.csv", "train"),
        ("oidv6-train-annotations-bbox.csv", "train"),
        ("challenge-2019-train-detection-bbox.csv", "images/train"),
        ("annotations/train-annotations-bbox.csv", "images/train"),
        ("csv_folder/train-annotations-bbox.csv", "Dataset/train/Cat"),
        ("train/labels/detections.csv", "train/data"),
        ("train-annotations-bbox.csv", "images"),
        ("train-annotations-bbox.csv", "."),
    ],
)
def test_where_the_files_and_images_may_be(tmp_path, name, images):
    write_picture(tmp_path / images / "a.png", "a")
    write(tmp_path, [f"{CAT},{'0.1,' * 7}0.1"], name, HEADER + V6)
    fiftyone = "labels" in name
    names = (tmp_path / name).with_name("oidv7-class-descriptions-boxable.csv")
    names = tmp_path / "train" / "metadata" / "classes.csv" if fiftyone else names
    names.parent.mkdir(exist_ok=True)
    names.write_text("LabelName,DisplayName\n" + DESCRIPTIONS)
    report = check_data(tmp_path, settings={"validation": "train"})
    assert (report.format, report.faults, dict(report.total.classes)) == ("openimages", (), {"cat": 1})
    dataset = OpenImagesReader(OpenImagesSettings(root=tmp_path)).train(CLASSES)
    assert np.array_equal(dataset[0].image, picture("a"))


def test_the_list_of_boxable_classes_comes_before_that_of_all(root):
    (root / "class-descriptions.csv").write_text("/m/01yrx,Felis\n")
    assert write(root, [CAT]).class_names() == CLASSES


def test_without_descriptions_classes_are_called_by_their_labels(root):
    (root / "class-descriptions-boxable.csv").unlink()
    reader = write(root, [CAT])
    assert reader.class_names() is None
    assert reader.train(["/m/01yrx"])[0].labels.tolist() == [0]


@pytest.mark.parametrize("cells", ["x,0.375,0.5,1", ",,,", "nan,1,0,1", "0,1", f"1{'0' * 400},1,0,1"])
def test_a_line_without_a_box_is_told(root, cells):
    dataset = write(root, [CAT, f"a,xclick,/m/01yrx,1,{cells}"]).train(CLASSES)
    assert len(dataset[0].boxes) == 1
    assert ["line 3 (cat): its XMin, YMin, XMax, YMax should be" in line for line in dataset.problems] == [True]


@pytest.mark.parametrize(
    ("lines", "header", "said"),
    [
        ([CAT], "ImageID,XMin", "the first line should name the columns ImageID, LabelName"),
        ([], "", "the first line should name the columns"),
        (["b" + CAT[1:]], HEADER, r"b\.jpg: image not found; add it, or skip .*data\.missing_images=skip"),
        (['"a'], HEADER, "is not CSV in UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(root, lines, header, said):
    with pytest.raises(DatasetError, match=said):
        write(root, lines, header=header).train(CLASSES)


def test_where_a_part_of_the_images_was_fetched_the_lines_of_others_are_left_out(root):
    write(root, ["b" + CAT[1:], CAT, "c" + CAT[1:]])
    settings = OpenImagesSettings(root=root, missing_images="skip")
    dataset = OpenImagesReader(settings).train(CLASSES)
    assert [dataset[index].image_id for index in range(len(dataset))] == ["a"]
    report = check_data(root, settings={"missing_images": "skip", "validation": "train"})
    assert (report.total.images, report.faults) == (1, ())
    (root / "train" / "a.png").unlink()
    with pytest.raises(DatasetError, match="no images"):
        OpenImagesReader(settings).train(CLASSES)


def test_descriptions_without_names_are_refused(root):
    (root / "class-descriptions-boxable.csv").write_text("/m/01yrx\n")
    with pytest.raises(DatasetError, match=r"boxable\.csv: each line should have a label and its name"):
        write(root, [CAT]).train(CLASSES)
