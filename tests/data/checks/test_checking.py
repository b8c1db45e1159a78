"""Every planted fault is told once, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.data.conftest import FORMATS, SCENE, picture, write_csv, write_labelme, write_picture, write_yolo
from zoo_core.common.errors import ConfigError, DatasetError, UnknownNameError
from zoo_core.data.checks.checking import check_data
from zoo_core.data.opening import _looked_for
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.records import FaultKind
from zoo_core.data.readers.voc import VocReader
from zoo_core.data.settings import VocSettings

CAT = ("cat", (10, 20, 30, 40))
CLASSES = ("cat", "dog")


def told(report):
    """Kind, and place without its folder, of each fault."""
    return [(fault.kind.value, fault.place.replace(str(report.root), "").strip("/")) for fault in report.faults]


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_told_of_data_without_fault(formats, tmp_path, name):
    formats[name].write(tmp_path)
    seen = []
    report = check_data(tmp_path, class_names=CLASSES, progress=lambda *step: seen.append(step))
    assert told(report) == []
    assert (report.format, report.can_train) == (name, True)
    assert {split: summary.images for split, summary in report.splits.items()} == {"train": 2, "val": 1}
    assert report.total.classes == {"dog": 2, "cat": 1}
    assert seen[-1] == (3, 3)


@pytest.mark.slow
def test_real_photographs(voc_root):
    report = check_data(voc_root)
    if (voc_root / "JPEGImages" / "BloodImage_00338.jpg").is_file():
        # Two empty boxes, and one scene photographed twice at different focus, which lies in two splits.
        assert told(report) == [
            ("empty box", "Annotations/BloodImage_00343.xml: object 4 (RBC)"),
            ("empty box", "Annotations/BloodImage_00338.xml: object 13 (RBC)"),
            ("near leak", "JPEGImages/BloodImage_00037.jpg"),
        ]
    assert report.can_train


@pytest.fixture
def planted(tmp_path, write_voc):
    """A data set of Pascal VOC with a fault of every kind; the good pictures among them are told of nothing."""
    names = ("good", "odd", "boxes", "twice", "again", "leaked", "alike", "turned", "cut", "lying", "large", "gone")
    pixels = {name: picture(name) for name in names}
    pixels["again"] = pixels["leaked"] = pixels["twice"]
    bright = cv2.resize(picture("scene")[:12, :16], (80, 60), interpolation=cv2.INTER_CUBIC)
    pixels["scene"], pixels["alike"] = bright, np.clip(bright * 0.9 + 3, 0, 255).astype(np.uint8)
    objects = {name: [CAT] for name in (*names, "scene")}
    objects["odd"] = [CAT, ("Cat", (50, 20, 60, 40)), ("dgo", (50, 20, 60, 40))]
    broken = [
        (30, 20, 10, 40),
        (30, 20, 30, 40),
        (90, 20, 95, 40),
        (50, 20, 90, 40),
        (10, 20, 30, 40),
        ("x", 20, 30, 40),
    ]
    objects["boxes"] = [CAT, *(("cat", box) for box in broken)]
    train = [name for name in (*names, "scene") if name not in ("leaked", "alike")]
    splits = {"train": train, "val": ["leaked", "alike"], "test": []}
    root = write_voc(tmp_path, objects, splits, pixels=pixels)
    images, annotations = root / "JPEGImages", root / "Annotations"
    for name in pixels:  # without loss, so that equal pixels stay equal
        (images / f"{name}.jpg").unlink()
        cv2.imwrite(str(images / f"{name}.png"), pixels[name][:, :, ::-1])
    exif = Image.Exif()
    exif[0x0112] = 3
    (images / "turned.png").unlink()
    Image.fromarray(pixels["turned"]).save(images / "turned.jpg", exif=exif)
    (images / "cut.png").write_bytes((images / "cut.png").read_bytes()[:-2000])
    (images / "lying.png").rename(images / "lying.jpg")
    large = annotations / "large.xml"
    large.write_text(large.read_text().replace("<width>80<", "<width>800<"))
    (images / "gone.png").unlink()
    (annotations / "good2.xml").write_text("<annotation>")
    cv2.imwrite(str(images / "good2.png"), picture("good2"))
    with (root / "ImageSets" / "Main" / "train.txt").open("a") as file:
        file.write("good2\n")
    return root


def test_every_planted_fault_is_told_once_and_nothing_else(planted):
    report = check_data(planted, class_names=CLASSES)
    assert sorted(told(report)) == sorted([
        ("annotation", "Annotations/good2.xml"),
        ("box outside", "Annotations/boxes.xml: object 4 (cat)"),
        ("box reaches out", "Annotations/boxes.xml: object 5 (cat)"),
        ("duplicate box", "Annotations/boxes.xml: object 6 (cat)"),
        ("duplicate image", "JPEGImages/again.png"),
        ("empty box", "Annotations/boxes.xml: object 3 (cat)"),
        ("empty split", f"{planted} (split 'test')".replace(str(planted), "")),
        ("inverted box", "Annotations/boxes.xml: object 2 (cat)"),
        ("leak", "JPEGImages/leaked.png"),
        ("mislabelled image", "JPEGImages/lying.jpg"),
        ("missing image", "JPEGImages/gone.jpg"),
        ("near leak", "JPEGImages/alike.png"),
        ("no box", "Annotations/boxes.xml: object 7 (cat)"),
        ("other case", "Annotations/odd.xml: object 2 (Cat)"),
        ("other size", "JPEGImages/large.png"),
        ("turned image", "JPEGImages/turned.jpg"),
        ("unknown class", "Annotations/odd.xml: object 3 (dgo)"),
        ("unreadable image", "JPEGImages/cut.png"),
    ])  # fmt: skip
    assert not report.can_train
    assert all(fault.message and fault.remedy for fault in report.faults)


def test_remedies_lead_out_of_the_fault_and_into_no_other(tmp_path, write_voc):
    """Saved upright, a turned picture would keep boxes that are elsewhere, and a .gif is not looked for."""
    root = write_voc(tmp_path, {"turned": [CAT], "gif": [CAT]}, {"train": ["turned", "gif"], "val": []})
    turned, gif = root / "JPEGImages" / "turned.jpg", root / "JPEGImages" / "gif.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture("turned")).save(turned, exif=exif)
    Image.fromarray(picture("gif")).save(gif, "GIF")
    remedies = {fault.kind: fault.remedy for fault in check_data(root).faults}
    assert "remove the orientation from the file" in remedies[FaultKind.OTHER_SIZE]
    assert "save it as JPEG" in remedies[FaultKind.MISLABELLED_IMAGE]
    with pytest.raises(DatasetError, match="remove the orientation from the file"):
        VocReader(VocSettings(root=root, train="train")).train(CLASSES)[0]
    Image.fromarray(picture("turned")).save(turned)
    Image.fromarray(picture("gif")).save(gif, "JPEG")
    assert {fault.kind for fault in check_data(root).faults} <= {FaultKind.EMPTY_SPLIT}


def test_every_kind_of_fault_is_planted_somewhere(planted):
    planted_here = {fault.kind for fault in check_data(planted, class_names=CLASSES).faults}
    elsewhere = {FaultKind.CORNERS_OR_SIZES, FaultKind.PIXELS_OR_FRACTIONS, FaultKind.UNUSABLE_SPLIT}
    assert set(FaultKind) - planted_here == elsewhere


def test_without_a_list_the_more_frequent_way_to_write_a_class_is_right(planted):
    faults = check_data(planted).faults
    assert [str(fault).partition(": object ")[2] for fault in faults if fault.kind == "other case"] == [
        "2 (Cat): the class 'Cat' of 1 object differs from 'cat' only by upper and lower case; write 'cat'"
    ]


def test_what_training_refuses_depends_on_the_settings(tmp_path, formats):
    val = {"c": [CAT, *SCENE["val"]["c"]]}
    formats["coco"].write(tmp_path, {"train": {"a": [CAT, ("dog", (5, 5, 5, 9))]}, "val": val})
    assert check_data(tmp_path).can_train
    assert not check_data(tmp_path, settings={"broken": "refuse"}).can_train
    assert not check_data(tmp_path, class_names=["cat"]).can_train
    assert check_data(tmp_path, class_names=["cat"], settings={"other_classes": "skip"}).can_train


@pytest.mark.parametrize("name", FORMATS)
def test_other_files_beside_a_data_set_are_not_its_splits(formats, tmp_path, name):
    formats[name].write(tmp_path)
    (tmp_path / "results.csv").write_text("epoch,loss\n1,0.5\n")
    (tmp_path / "package.json").write_text("{}")
    report = check_data(tmp_path, class_names=CLASSES)
    assert (report.format, told(report)) == (name, [])


def test_a_photograph_with_a_second_picture_behind_it_is_a_jpeg(tmp_path, formats):
    formats["yolo"].write(tmp_path)
    for name in "ab":
        image = Image.fromarray(picture(name))
        path = tmp_path / "images" / "train" / f"{name}.png"
        image.save(path.with_suffix(".jpg"), "MPO", save_all=True, append_images=[image])
        path.unlink()
    assert told(check_data(tmp_path)) == []


def test_progress_that_is_interrupted_stops_at_once(tmp_path, formats):
    formats["coco"].write(tmp_path)

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_data(tmp_path, progress=interrupt)


# Boxes that are meant otherwise


def many(change):
    """Two splits of twelve boxes each, the corners of the first changed."""
    rng = np.random.default_rng(3)
    corners = [
        (x, y, x + rng.integers(10, 25), y + rng.integers(10, 25)) for x, y in rng.integers(0, (50, 35), (24, 2))
    ]
    objects = [("cat", tuple(map(float, box))) for box in corners]
    train = [(name, change(*box)) for name, box in objects[:12]]
    return {"train": {"a": train[:6], "b": train[6:]}, "val": {"c": objects[12:]}}


def as_sizes(x1, y1, x2, y2):
    return x1, y1, x2 - x1, y2 - y1


def as_sum(x1, y1, x2, y2):
    """What a writer of sizes makes of corners."""
    return x1, y1, x1 + x2, y1 + y2


def as_fractions(x1, y1, x2, y2):
    return x1 / 80, y1 / 60, x2 / 80, y2 / 60


def as_pixels(x1, y1, x2, y2):
    """What a writer of fractions makes of pixels."""
    return x1 * 80, y1 * 60, x2 * 80, y2 * 60


def as_corners_for_centers(x1, y1, x2, y2):
    """What a writer of centres makes of corners."""
    return x1 - x2 / 2, y1 - y2 / 2, x1 + x2 / 2, y1 + y2 / 2


@pytest.mark.parametrize(
    ("name", "change", "kind", "said"),
    [
        (
            "csv",
            as_sizes,
            "corners or sizes",
            "to contain (x, y, width, height): the format needs (x1, y1, x2, y2)",
        ),
        (
            "coco",
            as_sum,
            "corners or sizes",
            "to contain (x1, y1, x2, y2): the format needs (x, y, width, height)",
        ),
        ("yolo", as_corners_for_centers, "corners or sizes", "the file seems to contain (x1, y1, x2, y2)"),
        ("recordio", as_sizes, "corners or sizes", "the file seems to contain (x, y, width, height)"),
        ("csv", as_fractions, "pixels or fractions", "all 12 boxes are between 0 and 1"),
        ("coco", as_fractions, "pixels or fractions", "all 12 boxes are between 0 and 1"),
        ("yolo", as_pixels, "pixels or fractions", "100% of 12 boxes are far beyond 1"),
        ("recordio", as_pixels, "pixels or fractions", "100% of 12 boxes are far beyond 1"),
    ],
)
def test_boxes_that_are_meant_otherwise_are_one_fault_of_their_split(formats, tmp_path, name, change, kind, said):
    formats[name].write(tmp_path, many(change))
    report = check_data(tmp_path, class_names=CLASSES)
    assert [fault.kind.value for fault in report.faults] == [kind]
    assert said in str(report.faults[0])
    assert "split 'train'" in report.faults[0].place
    assert not report.can_train


# Which format


def test_a_folder_of_no_format_says_why_for_each(tmp_path):
    with pytest.raises(DatasetError) as told:
        check_data(tmp_path)
    first, *rest = str(told.value).splitlines()
    assert first == f"{tmp_path}: is not in a known format; docs/data.md shows the expected folders; tried:"
    assert [line.strip().partition(":")[0] for line in rest] == sorted(FORMATS)
    tables = "train.csv, train_labels.csv (here or in train), train/_annotations.csv or the like"
    assert f"  csv: there is no file {tables}" in rest
    assert "  recordio: there is no file with the ending .rec" in rest
    assert "  yolo: is not a YOLO data set: data.yaml is missing; write its splits and class names there" in rest


def test_a_format_that_would_read_it_is_named(tmp_path):
    write_picture(tmp_path / "a.png", "a")
    (tmp_path / "boxes.csv").write_text("a.png,10,20,30,40,cat\n")
    with pytest.raises(DatasetError, match=r"csv: there is no .*; but --format csv reads split 'boxes' \(1 image\)"):
        check_data(tmp_path)
    assert check_data(tmp_path, "csv").can_train
    (tmp_path / "boxes.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match=r"csv: .*boxes\.csv: the first line should name the columns"):
        check_data(tmp_path)


def test_a_format_of_a_plugin_that_does_not_say_what_it_looks_for():
    assert _looked_for(AnnotatedReader) == "its reader does not recognise the folder"


def test_a_data_set_in_the_folder_is_pointed_at(tmp_path):
    (tmp_path / "cells").mkdir()
    write_labelme(tmp_path / "cells")
    with pytest.raises(DatasetError, match=rf"not in a known format; did you mean {tmp_path / 'cells'}\?"):
        check_data(tmp_path)


def test_a_folder_of_several_formats(tmp_path):
    write_csv(tmp_path)
    write_yolo(tmp_path)
    with pytest.raises(DatasetError, match=r"matches several formats; choose one: --format csv, --format yolo"):
        check_data(tmp_path)
    assert check_data(tmp_path, "csv").format == "csv"


def test_what_is_asked_for_must_be_there(tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        check_data(tmp_path / "nowhere")
    with pytest.raises(UnknownNameError, match="named 'coko'; did you mean 'coco'"):
        check_data(tmp_path, "coko")
    with pytest.raises(ConfigError, match="broekn: unknown setting; did you mean 'broken'"):
        check_data(tmp_path, "coco", settings={"broekn": "skip"})
    (tmp_path / "train.rec").touch()
    with pytest.raises(ConfigError, match="classes: is required"):
        check_data(tmp_path)


def test_every_kind_of_fault_is_described():
    page = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| ")]
    described = {kind for row in rows for kind in row.split(", ")}
    assert {kind.value for kind in FaultKind} <= described
