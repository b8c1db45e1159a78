"""A part of data without splits is held out: by class, by group, and the same one on every machine."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from tests.data.conftest import CLASSES, FORMATS, write_cvat, write_labelme
from zoo_core.common.errors import ConfigError, DatasetError
from zoo_core.common.tables import from_yaml, to_yaml
from zoo_core.config.loading import load_config
from zoo_core.data.checks.checking import check_data
from zoo_core.data.opening import as_annotated
from zoo_core.data.readers.holdout import HELD_OUT, TRAIN, divided
from zoo_core.data.readers.records import ImageFile, RawObject, Record
from zoo_core.registry.registry import make

ROOT = Path("/data")
CAT = ("cat", (10, 20, 30, 40))
DOG = ("dog", (5, 15, 25, 45))
MANY = {f"film{film}_{shot}": [CAT] if film % 2 else [DOG] for film in range(10) for shot in range(2)}


def record(name, *classes, root=ROOT):
    objects = tuple(RawObject(f"object {number}", each, (0, 0, 9, 9), "") for number, each in enumerate(classes))
    return Record(name, ImageFile(root / name), root / "annotations", objects)


def drawn(seed, count=400):
    """Images with four classes, of which the last is in about four of them; some images have none."""
    rng = random.Random(seed)
    shares = {"car": 0.8, "bus": 0.3, "tram": 0.05, "ferry": 0.01}
    return [record(f"{n // 8}_{n}.jpg", *(c for c, p in shares.items() if rng.random() < p)) for n in range(count)]


def names(records):
    return [each.image_id for each in records]


def shown_in(records):
    return Counter(each.name for record in records for each in record.objects)


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("seed", range(5))
def test_each_class_and_the_whole_keep_their_share(fraction, seed):
    records = drawn(seed)
    parts = divided(records, ROOT, fraction, seed)
    assert sorted(names(parts[TRAIN] + parts[HELD_OUT])) == sorted(names(records))
    assert abs(len(parts[HELD_OUT]) - fraction * len(records)) <= 1
    held, whole = shown_in(parts[HELD_OUT]), shown_in(records)
    assert all(abs(held[each] - fraction * whole[each]) <= 1 for each in whole)
    assert all(held[each] < whole[each] for each in whole)


def test_rare_classes_are_held_out_at_their_share_together():
    records = [record(f"{n}.jpg", f"class {n // 2}") for n in range(200)]
    held = divided(records, ROOT, 0.2)[HELD_OUT]
    assert len(held) == 40
    assert max(shown_in(held).values()) == 1  # the other image of the class stays in training


def test_an_image_that_alone_has_a_class_is_trained_on():
    records = [record(f"{n}.jpg", "car") for n in range(20)] + [record("z.jpg", "car", "ferry")]
    for seed in range(30):
        assert "z.jpg" in names(divided(records, ROOT, 0.4, seed)[TRAIN])


@pytest.mark.parametrize("seed", range(5))
def test_groups_stay_together(seed):
    records = drawn(seed)
    parts = divided(records, ROOT, 0.2, seed, r"^(\d+)_")
    films = [{name.partition("_")[0] for name in names(part)} for part in parts.values()]
    assert films[0].isdisjoint(films[1])
    assert abs(len(parts[HELD_OUT]) - 80) <= 16


def test_the_order_and_the_place_of_the_files_do_not_matter():
    records = drawn(0)
    held = names(divided(records, ROOT, 0.2)[HELD_OUT])
    shuffled = random.Random(1).sample(records, len(records))
    assert sorted(names(divided(shuffled, ROOT, 0.2)[HELD_OUT])) == sorted(held)
    elsewhere = Path("/home/somebody/data")
    moved = [record(each.image_id, *(o.name for o in each.objects), root=elsewhere) for each in records]
    assert names(divided(moved, elsewhere, 0.2)[HELD_OUT]) == held
    assert names(divided(records, ROOT, 0.2, seed=1)[HELD_OUT]) != held


def test_which_images_are_held_out_is_written_down():
    """These are the same on every machine and in every version: runs of long ago are continued."""
    held = divided([record(f"{n}.jpg", "car" if n % 3 else "bus") for n in range(20)], ROOT, 0.2)[HELD_OUT]
    assert names(held) == ["8.jpg", "9.jpg", "10.jpg", "16.jpg"]


def test_a_name_is_one_whether_composed_or_not():
    """macOS may list é as two letters, where Linux has one."""
    composed = [f"é{n}.jpg" for n in range(40)]
    held = names(divided([record(name, "car") for name in composed], ROOT, 0.2)[HELD_OUT])
    parted = [record(unicodedata.normalize("NFD", name), "car") for name in composed]
    assert [unicodedata.normalize("NFC", name) for name in names(divided(parted, ROOT, 0.2)[HELD_OUT])] == held


def test_entries_of_one_image_stay_together():
    records = [record(f"{n % 10}.jpg", "car") for n in range(30)]
    parts = divided(records, ROOT, 0.3)
    assert {*names(parts[TRAIN])}.isdisjoint(names(parts[HELD_OUT]))


@pytest.mark.parametrize(
    ("records", "group_by", "said"),
    [
        ([], None, "0 images"),
        ([record("a.jpg", "car")], None, "1 image, and each is the last"),
        ([record("a.jpg", "car"), record("b.jpg", "bus"), record("c.jpg", "tram")], None, "last with one of its"),
        ([record("a.jpg", "car"), record("b.jpg", "car")], None, "too few images to hold out 0.2"),
        ([record(f"a_{n}.jpg", "car") for n in range(9)], "^(.)_", "1 group, and each is the last"),
        ([record("a_1.jpg"), record("b.jpg")], r"_(\d)", r"group_by='_\(\\\\d\)' is not found in .* 1 of 2 images \(b"),
        ([record(f"{n}.jpg") for n in range(9)], "x", r"9 of 9 images \(0.jpg, 1.jpg, 2.jpg, ...\)"),
    ],
)
def test_what_cannot_be_divided_is_told(records, group_by, said):
    with pytest.raises(DatasetError, match=f"/data: .*{said}"):
        divided(records, ROOT, 0.2, 0, group_by)


# By every reader


@pytest.fixture(params=FORMATS)
def whole(request, formats, tmp_path):
    """Settings of every format that hold out a fifth of a set with one split."""
    formats[request.param].write(tmp_path, {"train": MANY})
    settings = formats[request.param].settings(tmp_path)
    return type(settings).model_validate({**settings.model_dump(), "validation": 0.2})


def test_every_reader_holds_out_a_fraction_of_its_only_split(whole):
    reader = make(whole)
    train, validation = reader.train(CLASSES), reader.validation(CLASSES)
    assert (len(train), len(validation)) == (16, 4)
    ids = [{dataset[index].image_id for index in range(len(dataset))} for dataset in (train, validation)]
    assert ids[0].isdisjoint(ids[1])
    assert Counter(int(label) for sample in validation for label in sample.labels) == {0: 2, 1: 2}
    opened = as_annotated(make(whole), "validation", CLASSES)
    assert {opened[index].image_id for index in range(4)} == ids[1]


def test_every_reader_refuses_a_fraction_of_several_splits(formats, tmp_path):
    for name in FORMATS:
        root = tmp_path / name
        root.mkdir()
        formats[name].write(root)
        settings = formats[name].settings(root).model_copy(update={"validation": 0.2})
        for opened in (make(settings).train, make(settings).validation):
            with pytest.raises(DatasetError, match=r"available splits are: train, val; name the one to score on"):
                opened(CLASSES)
        with pytest.raises(DatasetError, match="available splits are"):
            check_data(root, name, CLASSES, {**settings.model_dump(exclude={"name", "root"})})


def test_the_check_shows_the_parts(tmp_path):
    write_labelme(tmp_path, {"": MANY})
    report = check_data(tmp_path, settings={"validation": 0.2, "group_by": "^(.*)_"})
    assert {name: split.images for name, split in report.splits.items()} == {"train": 16, "val": 4}
    assert report.splits["val"].classes == {"cat": 2, "dog": 2}
    assert report.can_train
    assert {name: split.images for name, split in check_data(tmp_path).splits.items()} == {"default": 20}


def test_data_without_splits_says_how_to_divide_it(tmp_path):
    write_cvat(tmp_path, {"default": MANY})
    hint = "no split named 'val'; available splits: default; to hold out a part of it, set data.validation=0.2"
    data = {"name": "cvat", "root": str(tmp_path)}
    reader = make(load_config("tinyssd_256_voc", {"classes": list(CLASSES), "data": data}).data)
    with pytest.raises(DatasetError, match=hint):
        reader.validation(CLASSES)
    report = check_data(tmp_path)
    remedy = "hold out a part of it, for example with data.validation=0.2"
    assert [remedy in str(fault) for fault in report.faults] == [True]
    assert report.can_train


def test_the_only_split_may_be_named_and_no_other(tmp_path):
    write_cvat(tmp_path, {"default": MANY})
    data = {"name": "cvat", "root": str(tmp_path), "validation": 0.2}
    for train, fault in (("default", None), ("train", None), ("test", "no split named 'test'")):
        settings = load_config("tinyssd_256_voc", {"classes": CLASSES, "data": {**data, "train": train}}).data
        if fault is None:
            assert len(make(settings).train(CLASSES)) == 16
            continue
        with pytest.raises(DatasetError, match=fault):
            make(settings).train(CLASSES)


def test_a_fault_of_one_image_is_told_as_ever(tmp_path):
    write_labelme(tmp_path, {"": MANY})
    (tmp_path / "film0_0.png").unlink()
    report = check_data(tmp_path, settings={"validation": 0.2, "group_by": r"film(\d)"})
    assert [fault.kind.value for fault in report.faults] == ["missing image"]


# Settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        *(({"validation": value}, "fraction between 0 and 1, such as 0.2") for value in (0, 1, 1.0, -0.2, 20, 10**400)),
        ({"validation": float("nan")}, "fraction between 0 and 1"),
        ({"validation": True}, "should be a number, not true or false"),
        ({"validation": []}, "should be a split, a list of splits, or the fraction"),
        ({"validation": [0.2]}, "should be a split, a list of splits, or the fraction"),
        ({"validation": "a/b/c"}, "a split is the name of a list"),
        ({"validation": 0.2, "group_by": "("}, "is not a regular expression"),
        ({"group_by": "a"}, "has no effect on splits"),
        ({"validation": 0.2, "split_seed": -1}, "greater than or equal to 0"),
    ],
)
def test_settings_out_of_range_are_told(settings, said):
    with pytest.raises(ConfigError, match=said) as told:
        load_config("tinyssd_256_voc", {"data": {"name": "coco", "root": "x", **settings}})
    assert [problem.place for problem in told.value.problems] == [f"data.{[*settings][-1]}"]


def test_a_fraction_is_read_back_from_the_written_configuration(tmp_path):
    data = {"name": "yolo", "root": str(tmp_path), "validation": 0.25, "group_by": "^(.*)_", "split_seed": 3}
    config = load_config("tinyssd_256_voc", {"classes": ["a"], "data": data})
    assert load_config(from_yaml(to_yaml(config.model_dump(mode="json")))) == config
