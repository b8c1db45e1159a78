"""data check and data show."""

from __future__ import annotations

import json
import re

import pytest

from zoo_core.data.pipeline.images import read_image

CAT = ("cat", (11, 21, 30, 40))


@pytest.fixture
def pets(tmp_path, write_voc):
    """A data set with a broken box."""
    images = {"a": [CAT, ("cat", (5, 5, 5, 5))], "b": [("dog", (1, 1, 80, 60))]}
    pixels = {name: read_image(write_voc(tmp_path / name, {name: []}, size=size) / "JPEGImages" / f"{name}.jpg")
              for name, size in (("a", (60, 80)), ("b", (60, 81)))}  # fmt: skip
    return write_voc(tmp_path / "pets", images, {"train": "a", "val": "b"}, pixels=pixels)


def test_check_prints_what_is_there_and_what_is_wrong(zoo, pets):
    code, out, err = zoo("data", "check", str(pets))
    assert (code, err) == (0, "")
    assert out.startswith(f"{pets}: voc\n  split  images  boxes  images without boxes\n  train       1      1")
    assert "  cat        1    0\n" in out
    assert re.search(r"^  16 to 32 +1  #{40}$", out, re.MULTILINE)
    assert out.endswith(
        "\n1 problem\n  empty box (note)\n"
        f"    {pets}/Annotations/a.xml: object 2 (cat): the box (5, 5) to (5, 5) is empty; "
        "correct the box, or remove the object\n"
    )


def test_check_ends_with_2_when_training_would_refuse(zoo, pets):
    code, out, _ = zoo("data", "check", str(pets), "--set", "broken=refuse")
    assert code == 2
    assert "  empty box (error)\n" in out
    assert "Training would refuse this data" in out
    code, out, _ = zoo("data", "check", str(pets), "--classes", "cat, Dog")
    assert code == 2
    assert "the class 'dog' of 1 object differs from 'Dog' only by upper and lower case; write 'Dog'" in out


def test_check_as_json(zoo, pets):
    code, out, _ = zoo("data", "check", str(pets), "--json", "--format", "voc")
    found = json.loads(out)
    assert code == 0
    assert found["can_train"]
    assert [(fault["kind"], fault["refused"]) for fault in found["faults"]] == [("empty box", False)]
    assert found["splits"]["train"]["classes"] == {"cat": 1}
    assert sum(found["splits"]["val"]["histograms"]["boxes in a picture"].values()) == 1


def test_show_writes_a_sheet(zoo, pets, tmp_path):
    out = tmp_path / "sheet.png"
    code, said, err = zoo("data", "show", str(pets), "--out", str(out), "--count", "3")
    assert (code, said) == (0, f"{out}: 1 image of 1, each also after augmentation\n")
    assert "object 2 (cat): the box (5, 5) to (5, 5) is empty" in err
    height, width, _ = read_image(out).shape
    assert height > 360, "title, legend and names stand around the pictures"
    assert width >= 2 * 360
    zoo("data", "show", str(pets), "--out", str(tmp_path / "val.png"), "--split", "val")
    assert (read_image(tmp_path / "val.png")[:, :360] != 127).any()
    wide = ["--set", "broken=skip", "--config", "tinyssd_wide"]
    code, _, err = zoo("data", "show", str(pets), "--out", str(out), *wide)
    assert code == 2
    assert "no detector is named 'tinyssd_wide'" in err
    code, _, _ = zoo("data", "show", str(pets), "--out", str(out), "--config", "tinyssd_shapes")
    assert code == 0


@pytest.mark.parametrize("command", ["check", "show"])
def test_what_cannot_be_read_is_a_plain_error(zoo, tmp_path, command):
    code, out, err = zoo("data", command, str(tmp_path / "nowhere"))
    assert (code, out) == (2, "")
    assert "no such folder" in err
    code, _, err = zoo("data", command, str(tmp_path))
    assert code == 2
    assert "is not in a known format" in err


def test_show_says_which_splits_there_are(zoo, pets):
    code, _, err = zoo("data", "show", str(pets), "--split", "trian")
    assert code == 2
    assert "did you mean 'train'?" in err


def test_check_of_data_of_which_nothing_can_be_read(zoo, tmp_path):
    (tmp_path / "train.rec").write_bytes(b"no records")
    code, out, err = zoo("data", "check", str(tmp_path), "--classes", "cat")
    assert (code, err) == (2, "")
    assert out.startswith(
        f"{tmp_path}: recordio\n\n2 problems\n  annotation (error)\n    {tmp_path}/train.rec: is not a RecordIO"
    )
    assert "unusable split (error)\n" in out
    assert "no split named 'val'; available splits: train" in out


def test_check_of_images_without_any_object(zoo, tmp_path, write_voc):
    root = write_voc(tmp_path, {"a": []}, {"train": "a"})
    code, out, _ = zoo("data", "check", str(root))
    assert code == 2
    assert "empty split (error)\n" in out
    assert "it has 1 image but no objects; add some, or remove the split" in out
