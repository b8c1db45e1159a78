from __future__ import annotations

import numpy as np
import pytest

from tests.data.conftest import CLASSES, picture, write_picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.csv_table import CsvReader
from zoo_core.data.settings import CsvSettings


@pytest.fixture
def opened(tmp_path):
    """Opens the training split of a table."""
    for name in "ab":
        write_picture(tmp_path / "images" / f"{name}.png", name)

    def write(text, **settings):
        (tmp_path / "train.csv").write_text(text, encoding="utf-8")
        return CsvReader(CsvSettings(root=tmp_path, **settings)).train(CLASSES)

    return write


@pytest.mark.parametrize(
    "text",
    [
        "filename,class,xmin,ymin,xmax,ymax\na.png,cat,10,20,30,40\n",
        "filename,class,xmin,ymin,xmax,ymax\na,cat,10,20,30,40\n",
        "\ufefffilename;class;xmin;ymin;xmax;ymax\na.png;cat;10;20;30;40\n",
        "Image_ID\tclass\txmin\tymin\txmax\tymax\na\tcat\t10\t20\t30\t40\n",
        "\ufeffPath,Label,X1,Y1,X2,Y2\nimages/a.png,cat,10,20,30,40\n",
        "ymax,xmax,ymin,xmin,class,image\n40,30,20,10,cat,a.png\n\n",
        "image,x,y,w,h,label\na.png,10,20,20,20,cat\n",
        "a.png,10,20,30,40,cat\n",
        'filename,class,xmin,ymin,xmax,ymax\r\n"a.png","cat",10,20,30,40\r\n',
    ],
)
def test_ways_to_write_a_table(opened, text):
    dataset = opened(text)
    assert dataset[0].boxes.tolist() == [[10, 20, 30, 40]]
    assert dataset[0].labels.tolist() == [0]


def test_boxes_may_be_fractions(opened):
    dataset = opened("filename,class,xmin,ymin,xmax,ymax\na.png,cat,0.25,0.5,0.5,1\n", unit=True)
    np.testing.assert_allclose(dataset[0].boxes, [[20, 30, 40, 60]])


def test_the_lines_of_an_image_need_not_stand_together(opened):
    dataset = opened("a.png,10,20,30,40,cat\nb.png,10,20,30,40,dog\na.png,1,2,3,4,dog\n")
    assert [len(sample.boxes) for sample in dataset] == [2, 1]


def test_a_box_beyond_a_picture_of_unknown_size_is_clipped_or_left_out(opened):
    dataset = opened("a.png,10,20,300,400,cat\na.png,90,20,95,40,cat\n")
    assert dataset[0].boxes.tolist() == [[10, 20, 80, 60]]
    assert ["line 2 (cat): the box (90, 20, 95, 40) is outside" in line for line in dataset.problems] == [True]


@pytest.mark.parametrize(
    ("table", "image"),
    [
        ("{}_labels.csv", "images/{}/{}.png"),  # EdjeElectronics' tutorial
        ("data/{}_labels.csv", "images/{}.png"),  # datitran's raccoons
        ("images/{}_labels.csv", "images/{}/{}.png"),
        ("annotations/{}_labels.csv", "{}/{}.png"),
        ("{}/_annotations.csv", "{}/{}.png"),  # Roboflow
        ("{0}/{0}_labels.csv", "{}/{}.png"),
    ],
)
def test_the_tables_of_tensorflows_tutorials(tmp_path, table, image):
    """As xml_to_csv.py writes them: train and test, and no split to validate on but test."""
    for split in ("train", "test"):
        path, name = tmp_path / table.format(split), image.format(split, split).rpartition("/")[2]
        write_picture(tmp_path / image.format(split, split), split)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"filename,width,height,class,xmin,ymin,xmax,ymax\n{name},80,60,cat,10,20,30,40\n")
    reader = CsvReader(CsvSettings(root=tmp_path))
    assert reader.recognises(tmp_path)
    assert reader.splits() == ("train", "test")
    assert np.array_equal(reader.train(CLASSES)[0].image, picture("train"))
    assert np.array_equal(reader.validation(CLASSES)[0].image, picture("test"))
    assert reader.train(CLASSES)[0].boxes.tolist() == [[10, 20, 30, 40]]


def test_images_of_one_name_in_two_splits_are_two(tmp_path):
    for split in ("train", "test"):
        write_picture(tmp_path / "images" / split / "1.png", split)
        (tmp_path / f"{split}_labels.csv").write_text("1.png,10,20,30,40,cat\n")
    reader = CsvReader(CsvSettings(root=tmp_path))
    assert np.array_equal(reader.train(CLASSES)[0].image, picture("train"))
    assert np.array_equal(reader.validation(CLASSES)[0].image, picture("test"))


def test_a_list_of_classes_is_no_split(tmp_path):
    write_picture(tmp_path / "a.png", "a")
    (tmp_path / "annotations.csv").write_text("a.png,10,20,30,40,cat\n")
    (tmp_path / "classes.csv").write_text("cat,0\n")
    assert CsvReader(CsvSettings(root=tmp_path)).splits() == ("annotations",)


def test_a_table_of_another_name_is_the_only_split(tmp_path):
    write_picture(tmp_path / "images" / "a.png", "a")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raccoon_labels.csv").write_text("a.png,10,20,30,40,cat\n")
    assert CsvReader(CsvSettings(root=tmp_path)).splits() == ("raccoon",)


@pytest.mark.parametrize("cells", ["a,20,30,40", ",20,30,40", "nan,20,30,40", "inf,20,30,40", f"1{'0' * 400},20,30,40"])
def test_a_line_without_a_box_is_told(opened, cells):
    dataset = opened(f"filename,xmin,ymin,xmax,ymax,class\na.png,10,20,30,40,cat\na.png,{cells},cat\n")
    assert ["line 3 (cat): its box should be four numbers" in line for line in dataset.problems] == [True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the first line should name the columns"),
        ("filename,xmin,ymin,xmax,ymax\n", "the first line should name the columns"),
        ("../a.png,10,20,30,40,cat\n", r"line 1: '\.\./a\.png' is not below"),
        ("/etc/passwd,10,20,30,40,cat\n", "is not below"),
        ("c.png,10,20,30,40,cat\n", r"c\.png: image not found; add it, or remove it from .*line 1"),
        ('"a.png,10,20', "is not CSV"),
        ("/".join(["b" * 200] * 30) + ",10,20,30,40,cat\n", "is not below"),
        ("a.png,10,20,30,40,\n", "not configured"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(opened, text, said):
    with pytest.raises(DatasetError, match=said):
        opened(text)
