"""A file resizes as its detector does, or what runs it does that, or it is refused at once."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import ExportError, RunError
from zoo_core.engines.onnx.session import open_session

IN_THE_FILE = [{"name": "stretch", "interpolation": "cubic"}]
BEFORE = [
    {"name": "stretch", "interpolation": "auto", "rounded": True},
    {"name": "stretch", "interpolation": "lanczos"},
    {"name": "letterbox", "fill": [0, 50, 255]},
    {"name": "letterbox", "enlarge": False, "rounded": True},
]
WAYS = [*IN_THE_FILE, BEFORE[0], *(pytest.param(each, marks=pytest.mark.slow) for each in BEFORE[1:])]


@pytest.fixture(scope="module", params=WAYS, ids=str)
def exported(request, tiny_table, sure_detector, tmp_path_factory):
    """A detector, its file, and whether pictures are resized before it."""
    detector = sure_detector({**tiny_table, "resize": request.param})
    path = tmp_path_factory.mktemp("resized") / "model.onnx"
    report = zoo.export(detector, path)
    assert (report.resized_to is not None) == (request.param in BEFORE)
    return detector, path, request.param in BEFORE


@pytest.fixture
def pictures(picture):
    parts = [picture, picture[:30, :50], picture[:, :20], picture[:90]]
    return [np.ascontiguousarray(each) for each in parts]


def assert_same(found, wanted):
    assert len(wanted) > 3
    np.testing.assert_array_equal(found.labels, wanted.labels)
    np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-4)
    np.testing.assert_allclose(found.boxes, wanted.boxes, atol=0.05)


def test_the_file_finds_what_the_detector_finds(exported, pictures):
    detector, path, _ = exported
    for found, wanted in zip(zoo.load(path).predict(pictures), detector.predict(pictures), strict=True):
        assert_same(found, wanted)


def test_the_file_says_who_resizes(exported, pictures):
    detector, path, before = exported
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    facts = {each.key: each.value for each in model.metadata_props}
    assert facts["zoo.pictures"] == ("resized" if before else "original")
    assert json.loads(facts["zoo.configuration"])["resize"] == detector.config.resize.model_dump(mode="json")
    (images,) = open_session(path).get_inputs()
    assert images.shape[1:] == ([64, 96, 3] if before else ["height", "width", 3])
    assert images.type == ("tensor(float)" if before and not detector.config.resize.rounded else "tensor(uint8)")
    taken = zoo.load(path).as_taken(pictures[1])
    assert taken.shape == ((64, 96, 3) if before else pictures[1].shape)


@pytest.fixture(scope="module")
def letterbox(tiny_table, sure_detector):
    return sure_detector({**tiny_table, "resize": "letterbox"})


def test_raw_files_are_proved_too(letterbox, tmp_path):
    parity = zoo.export(letterbox, tmp_path / "raw.onnx", raw=True).parity
    assert parity.pictures > 5
    assert parity.score < 1e-4


def test_pictures_of_the_networks_own_size_need_no_resizing(letterbox, tmp_path, picture):
    report = zoo.export(letterbox, tmp_path / "own.onnx", picture_size="64x96")
    assert report.resized_to is None
    own = np.ascontiguousarray(picture[:64, :96])
    assert_same(zoo.load(tmp_path / "own.onnx").predict(own), letterbox.predict(own))


def test_int8_is_calibrated_on_resized_pictures(letterbox, tmp_path, picture):
    report = zoo.export(letterbox, tmp_path / "int8.onnx", int8=zoo.dataset(letterbox.config, "train"), force=True)
    assert report.precision == "int8"
    assert len(zoo.load(tmp_path / "int8.onnx").predict(picture)) > 0


@pytest.fixture(scope="module")
def short(tiny_table, sure_detector):
    return sure_detector({**tiny_table, "resize": {"name": "short_side", "longest": 160}})


def test_short_sides_are_exported_for_one_size_of_the_network(short, tmp_path, picture):
    path = tmp_path / "short.onnx"
    report = zoo.export(short, path, picture_size="84x126")
    assert (str(report.resized_to), str(report.picture)) == ("64x96", "84x126")
    report = zoo.export(short, path, picture_size="84x153")
    assert str(report.resized_to) == "64x117"
    exported = zoo.load(path)
    for each in (picture, np.ascontiguousarray(picture.repeat(2, 0).repeat(2, 1))):
        assert_same(exported.predict(each), short.predict(each))
    with pytest.raises(RunError, match="pictures that become 64x117 by resizing, but one of 90x40 becomes 144x64"):
        exported.predict(np.zeros((90, 40, 3), np.uint8))


@pytest.mark.parametrize(
    ("resize", "picture", "message"),
    [
        ("short_side", None, r"every picture gets its own network input size.* \(--input HxW\)"),
        ({"name": "short_side", "longest": 200}, "4x3000", "pictures of 4x3000 are too narrow for backbone 'tinyssd'"),
        ("letterbox", "60x60", r"ONNX cannot resize as 'letterbox' \(linear\) does.* 64x96: leave --input"),
        ({"name": "stretch", "interpolation": "area"}, "60x60", r"as 'stretch' \(area\) does"),
    ],
)
def test_what_no_file_can_do_is_told_before_anything_heavy(
    resize, picture, message, tiny_table, tmp_path, monkeypatch, capsys
):
    detector = zoo.build({**tiny_table, "resize": resize})
    from zoo_core.training.run import Run

    run = Run.create(detector.config, tmp_path / "run")
    detector.engine.save(run.weights)

    def heavy(*_):
        raise AssertionError("the network was converted")

    monkeypatch.setattr("zoo_core.engines.onnx.exported_network.network_in_onnx", heavy)
    monkeypatch.setattr("zoo_core.engines.gluon.engine.GluonEngine.__init__", heavy)
    for source in (detector, run.folder):
        with pytest.raises(ExportError, match=message):
            zoo.export(source, tmp_path / "model.onnx", picture_size=picture)
    arguments = ["--input", picture] if picture else []
    assert main(["export", str(run.folder), str(tmp_path / "model.onnx"), *arguments]) == 2
    assert capsys.readouterr().err.startswith("zoo: resize: ")
    assert not (tmp_path / "model.onnx").exists()


def test_a_file_of_before_is_read(tiny_file, tmp_path, picture):
    model = onnx.load(tiny_file)
    facts = {each.key: each.value for each in model.metadata_props}
    configuration = json.loads(facts["zoo.configuration"])
    del configuration["resize"], facts["zoo.pictures"]
    onnx.helper.set_model_props(model, {**facts, "zoo.configuration": json.dumps(configuration)})
    onnx.save(model, tmp_path / "before.onnx")
    before = zoo.load(tmp_path / "before.onnx")
    assert_same(before.predict(picture), zoo.load(tiny_file).predict(picture))
    assert before.config == zoo.load(tiny_file).config


def test_a_way_to_resize_that_is_not_known_here_is_told(exported, tmp_path):
    _, path, before = exported
    model = onnx.load(path)
    facts = {each.key: each.value for each in model.metadata_props}
    configuration = {**json.loads(facts["zoo.configuration"]), "resize": "seam_carving"}
    onnx.helper.set_model_props(model, {**facts, "zoo.configuration": json.dumps(configuration)})
    onnx.save(model, tmp_path / "later.onnx")
    if not before:  # it resizes itself
        assert zoo.load(tmp_path / "later.onnx").class_names == ("circle", "square", "triangle")
        return
    with pytest.raises(RunError, match="no resizing is named 'seam_carving'"):
        zoo.load(tmp_path / "later.onnx")
