"""Every public function tells what is wrong with its arguments, where they are given and not from the depths."""

from __future__ import annotations

import inspect
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.common.arguments import COUNT, FLAG, NAMES, NUMBER, PATH, SHARE, count_from, one_of
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.sources.given import GivenImage

FUNCTIONS = [name for name in zoo.__all__ if inspect.isfunction(getattr(zoo, name))]
WRONG = [
    *(True, 7, 2.5, np.int64(3), np.float32(0.5), float("nan"), 10**400, b"x", "nothing", [1], [None], [], {}, {1: 2}),
    *({"a"}, object(), int, iter([1]), np.zeros(3), lambda *_: None),
]
HEAVY = {"build", "train", "tune"}
"""Functions that hand over what they do not refuse to an engine."""


class FakeDetector:
    class_names = ("circle", "square", "triangle")

    def predict(self, source):
        nothing = np.empty(0, np.float32)
        return [Detections(np.empty((0, 4), np.float32), nothing, np.empty(0, int), self.class_names) for _ in source]


@pytest.fixture(scope="module")
def good(tiny_table, tmp_path_factory):
    """Arguments of each public function with which it begins its work."""
    folder = tmp_path_factory.mktemp("good")
    config = zoo.load_config(tiny_table)
    dataset = zoo.dataset(config)
    results = zoo.collect(FakeDetector(), dataset)
    zoo.write_predictions(results, folder / "found.json")
    detector = {"detector": FakeDetector(), "dataset": dataset}
    return {
        "build": {"config": tiny_table},
        "check_anchors": {"config": config, "dataset": dataset},
        "check_data": {"root": folder},
        "coco_ground_truth": {"results": results},
        "collect": detector,
        "convert": {"source": folder / "run"},
        "dataset": {"config": config},
        "detectors": {},
        "evaluate": detector,
        "export": {"source": folder / "run", "path": folder / "x.onnx"},
        "load": {"path": folder / "run"},
        "load_config": {"source": config},
        "make": {"settings": config.anchors},
        "plan": {"config": config},
        "read_predictions": {"path": folder / "found.json", "dataset": dataset},
        "resume": {"folder": folder / "run"},
        "score": {"results": results},
        "show_data": {"root": folder},
        "resume_tuning": {"folder": folder / "run"},
        "tune": {"config": config, "out": folder / "found.json" / "below"},
        "train": {"config": config, "out": folder / "found.json" / "below"},
        "write_predictions": {"results": results, "path": folder / "again.json"},
        "write_report": {"folder": folder / "report", "detectors": FakeDetector(), "dataset": dataset},
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_wrong_arguments_get_our_messages(name, good, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function = getattr(zoo, name)
    for parameter, told in inspect.signature(function).parameters.items():
        if told.kind is told.VAR_POSITIONAL:
            continue
        if name in HEAVY and parameter in ("config", "overrides"):
            continue  # as of `load_config`, which gets both
        for value in WRONG:
            if isinstance(value, type) if parameter == "progress" else isinstance(value, str) and parameter == "out":
                continue  # may be called, and what it says then is its own; a name of a folder is meant
            try:
                function(**{**good[name], parameter: value})
            except zoo.ZooError as error:
                assert str(error)  # noqa: PT017 -- others are passed on, and fail the test


def test_what_is_wrong_is_told_with_its_name(good):
    dataset = good["collect"]["dataset"]
    for call, message in (
        (lambda: zoo.plan("tinyssd_shapes", "wide"), "input_size: an image size is HEIGHTxWIDTH.*; given 'wide'"),
        (lambda: zoo.make("tinyssd"), "settings should be the settings of a part, as config.backbone; given 'tinyssd'"),
        (
            lambda: zoo.evaluate("runs/x", dataset),
            "detector should be a detector, as zoo_core.load gives one; given",
        ),
        (lambda: zoo.evaluate(FakeDetector(), "folder"), "dataset should be a data set, as zoo_core.dataset opens one"),
        (lambda: zoo.dataset("tinyssd_shapes", "trian"), "be 'train' or 'validation'; given 'trian'; did you mean"),
        (
            lambda: zoo.load_config("tinyssd_shapes", 3),
            "overrides should be a mapping, as .* or a list, .*; given 3",
        ),
        (lambda: zoo.train("tinyssd_shapes", watch=3), "watch should be a function; given 3"),
        (lambda: zoo.check_data(None), "root should be a path; given null"),
        (lambda: zoo.check_data(".", class_names="cat"), "class_names should be a list of names; given 'cat'"),
        (lambda: zoo.check_data(".", class_names=["a", 1]), r"class_names\[1\] should be a string; given 1"),
        (lambda: zoo.write_report("x", {}, dataset), "detectors should be a detector, .* or a mapping of names"),
    ):
        with pytest.raises(zoo.ArgumentError, match=message):
            call()


def test_every_function_that_takes_a_configuration_takes_a_name_a_file_and_a_table(good, tmp_path, tiny_table):
    path = tmp_path / "mine.yaml"
    path.write_text(zoo.load_config(tiny_table).to_yaml(), encoding="utf-8")
    plans = [zoo.plan(source) for source in (path, str(path), tiny_table, zoo.load_config(tiny_table))]
    assert all(each == plans[0] for each in plans)
    assert zoo.plan("tinyssd_shapes", 64).anchor_count == zoo.plan("tinyssd_shapes", np.int64(64)).anchor_count == 344
    assert zoo.plan("tinyssd_shapes", "64x96").input_size == (64, 96)
    takers = [name for name in FUNCTIONS if "config" in inspect.signature(getattr(zoo, name)).parameters]
    assert takers == [
        "build",
        "check_anchors",
        "convert",
        "dataset",
        "export",
        "load",
        "plan",
        "show_data",
        "train",
        "tune",
    ]
    for name in takers:
        if name in ("convert", "export", "load"):  # which look for the weights first
            continue
        assert inspect.signature(getattr(zoo, name)).parameters["config"].annotation.startswith("ConfigSource")
        with pytest.raises(zoo.ZooError, match="no detector is named 'tinyssd_shape'; did you mean 'tinyssd_shapes'"):
            getattr(zoo, name)(**{**good[name], "config": "tinyssd_shape"})


def test_numbers_of_numpy_become_pythons():
    given = [COUNT("n", np.int64(3)), SHARE("n", np.float32(0.5)), NUMBER("n", Fraction(1, 4)), FLAG("n", np.bool_(1))]
    assert given == [3, 0.5, 0.25, True]
    assert [type(each) for each in given] == [int, float, float, bool]
    assert NAMES("n", (name for name in "ab")) == ("a", "b")
    assert PATH("n", Path("x")) == Path("x")
    for rule, value in (
        *((COUNT, value) for value in (0, True, 1.0, "1", None, np.float64(1), 10**30)),
        *((SHARE, value) for value in (True, "0.5", None, 1.1, float("nan"), 10**400, np.bool_(1))),
        *((FLAG, value) for value in (0, 1, "true", None)),
        *((NAMES, value) for value in ("cat", b"cat", {"cat": 1}, [], [1], None)),
        *((PATH, value) for value in (b"x", 1, None, "")),
        *((count_from(0), value) for value in (-1, "0")),
        *((one_of("a", "b"), value) for value in ("c", None, ["a"])),
    ):
        with pytest.raises(zoo.ArgumentError, match=r"^it(\[0\])? should be "):
            rule("it", value)


def test_images_are_chosen_by_an_index_as_the_items_of_a_list(tmp_path, write_voc):
    write_voc(tmp_path, {name: [("cat", (11, 21, 30, 40))] for name in "ab"}, {"trainval": "ab", "test": "ab"})
    shapes = zoo.dataset("tinyssd_shapes")
    annotated = zoo.dataset({"classes": ["cat"], "data": {"name": "voc", "root": tmp_path}})
    for dataset in (shapes, annotated):
        assert dataset[-1].image_id == dataset[np.int64(len(dataset) - 1)].image_id
        for index in (len(dataset), -len(dataset) - 1, 10**30):
            with pytest.raises(IndexError, match=rf"(picture|image) {index} does not exist: there are {len(dataset)}"):
                dataset[index]
        for index in ("a", 1.5, None, slice(2), [0]):
            with pytest.raises(zoo.ArgumentError, match=r"the index of (picture|image) should be a whole number"):
                dataset[index]


def test_what_was_not_found_by_a_detector_is_not_tracked():
    for wrong in (3, None, "found", []):
        with pytest.raises(zoo.ArgumentError, match="found should be what was found in a picture"):
            zoo.ByteTrack().update(wrong)


def test_an_empty_name_is_not_an_image():
    error = GivenImage("").read_now().error
    assert isinstance(error, zoo.NotAnImageError)
    assert str(error) == "not an image: the name is empty"
