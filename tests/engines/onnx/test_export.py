"""A detector in a file: what it holds, how it is proved, and what is refused."""

import errno
import json
import os
from importlib.util import find_spec

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import ExportError, RunError
from zoo_core.config.loading import load_config
from zoo_core.engines.onnx import exporting
from zoo_core.engines.onnx.session import open_session
from zoo_core.engines.onnx.verification import LEAST_DETECTIONS
from zoo_core.training.run import Run


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory):
    """A run folder, as training leaves it."""
    run = Run.create(tiny.config, tmp_path_factory.mktemp("runs") / "tiny")
    tiny.engine.save(run.weights)
    return run.folder


def test_the_file_holds_standard_operators_and_no_weight_is_an_input(tiny_file):
    model = onnx.load(tiny_file)
    onnx.checker.check_model(model, full_check=True)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 13)]
    assert [each.name for each in model.graph.input] == ["images"]
    assert [each.name for each in model.graph.output] == ["boxes", "scores", "labels", "count"]
    kinds = {node.op_type for node in model.graph.node}
    assert "NonMaxSuppression" in kinds
    assert "BatchNormalization" not in kinds
    assert {node.domain for node in model.graph.node} == {""}


def test_tensors_have_the_names_of_their_layers_and_the_file_is_the_same_each_time(run, tmp_path):
    first, second = tmp_path / "first.onnx", tmp_path / "second.onnx"
    for path in (first, second):
        zoo.export(run, path)  # MXNet numbers the layers of each detector further
    assert first.read_bytes() == second.read_bytes()
    weights = {each.name: tuple(each.dims) for each in onnx.load(first).graph.initializer}
    expected = zoo.load(run).engine.network.box_predictors[0].weight.shape
    assert weights["network/box_predictors.0.weight"] == expected
    assert not [name for name in weights if "tinyssd" in name or "fwd" in name]


def test_classes_and_configuration_stand_in_the_metadata(tiny, tiny_file):
    facts = {each.key: each.value for each in onnx.load(tiny_file).metadata_props}
    assert json.loads(facts["zoo.classes"]) == ["circle", "square", "triangle"]
    assert load_config(json.loads(facts["zoo.configuration"])) == tiny.config
    assert (facts["zoo.version"], facts["zoo.input_size"]) == (zoo.__version__, "64x96")


def test_the_report_says_what_was_compared(tiny, tmp_path):
    report = zoo.export(tiny, tmp_path / "new" / "tiny.onnx")
    assert report.parity.pictures == 7  # 2 of the data set, and 5 drawn ones
    assert report.parity.detections > 1000
    assert report.parity.score <= 1e-5
    assert report.parity.box <= 0.001
    assert "7 pictures as MXNet sees them" in str(report)
    assert report.path.stat().st_size == report.size
    assert "opset 13" in str(report)
    assert json.loads(json.dumps(report.to_dict()))["parity"]["pictures"] == 7


def test_a_detector_that_finds_nothing_is_compared_all_the_same(tmp_path, tiny):
    config = tiny.config.model_copy(update={"nms": tiny.config.nms.model_copy(update={"score": 1.0})})
    report = zoo.export(zoo.Detector(config, tiny.engine), tmp_path / "tiny.onnx")
    assert report.parity.detections >= LEAST_DETECTIONS


def test_an_altered_tensor_is_noticed_and_no_file_is_left(run, tmp_path, monkeypatch, capsys):
    def altering(*arguments):
        model = assemble(*arguments)
        tensor = next(each for each in model.graph.initializer if each.name.endswith(".weight"))
        values = numpy_helper.to_array(tensor).copy()
        values[0, 0] *= 1.01
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        return model

    assemble = exporting.assemble
    monkeypatch.setattr(exporting, "assemble", altering)
    assert main(["export", str(run), str(tmp_path / "model.onnx")]) == 1
    assert "the exported file differs from the detector" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_when_the_new_one_is_wrong(tiny, tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    path.write_text("older")

    def differs(*_):
        raise ExportError("differs")

    monkeypatch.setattr(exporting, "verify_boxes", differs)
    with pytest.raises(ExportError):
        zoo.export(tiny, path)
    assert [each.name for each in tmp_path.iterdir()] == ["model.onnx"]
    assert path.read_text() == "older"


def test_the_command_writes_the_file_and_says_how_it_was_proved(run, tmp_path, capsys):
    path = tmp_path / "model.onnx"
    assert main(["export", str(run), str(path), "--set", "nms.keep=7", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["opset"], said["outputs"], said["precision"]) == (13, "boxes", "float32")
    assert onnx.load(path).graph.output[0].type.tensor_type.shape.dim[1].dim_value == 7


def test_a_data_set_scores_both(tiny, voc_root, tmp_path):
    overrides = {"classes": ("RBC", "WBC", "Platelets"), "data": None}
    detector = zoo.Detector(tiny.config.model_copy(update=overrides), tiny.engine)

    from zoo_core.data.opening import reader_at

    few = FewImages(reader_at(voc_root).validation(overrides["classes"]), 6)
    report = zoo.export(detector, tmp_path / "model.onnx", verify=few)
    assert report.loss.images == 6
    assert report.loss.points == pytest.approx(0, abs=1e-6)
    assert [each.engine for each in report.scores[:2]] == ["mxnet", "onnxruntime"]
    assert ("openvino" in {each.engine for each in report.scores}) == (find_spec("openvino") is not None)
    for each in report.scores:
        assert each.score == pytest.approx(report.loss.before, abs=1e-6 if each.precision == "float32" else 0.05)
        assert each.milliseconds > 0
    assert "on MXNet" in str(report)


def test_raw_leaves_decoding_to_others(tiny, tmp_path, picture):
    path = tmp_path / "raw.onnx"
    report = zoo.export(tiny, path, raw=True)
    assert report.outputs == "raw"
    assert (report.parity.pictures, report.parity.detections) == (7, 0)
    assert "detections" not in str(report)
    session = open_session(path)
    names = ["probabilities", "offsets", "anchors"]
    said = dict(zip(names, session.run(names, {"images": picture[None]}), strict=True))
    np.testing.assert_allclose(said["anchors"], tiny.anchors.to(zoo.BoxFormat.CENTER_UNIT).boxes)
    np.testing.assert_allclose(said["probabilities"].sum(-1), 1, atol=1e-5)
    found = tiny.read(said["probabilities"][0], said["offsets"][0], zoo.ImageSize(*picture.shape[:2]))
    np.testing.assert_allclose(found.boxes, tiny.predict(picture).boxes, atol=0.05)
    with pytest.raises(RunError, match="was exported with --raw"):
        zoo.load(path)


@pytest.mark.parametrize("size", ["64x96", "50x70"])
def test_the_size_of_the_pictures_can_be_fixed(tiny, tmp_path, size):
    path = tmp_path / "fixed.onnx"
    zoo.export(tiny, path, picture_size=size)
    model = onnx.load(path)
    assert any(node.op_type == "Resize" for node in model.graph.node) == (size != "64x96")
    sides = [each.dim_value for each in model.graph.input[0].type.tensor_type.shape.dim]
    assert "x".join(map(str, sides[1:3])) == size
    with pytest.raises(RunError, match=f"pictures of {size} only, but one has 9x9"):
        zoo.load(path).predict(np.zeros((9, 9, 3), np.uint8))


class OwnDecode:
    """Decodes in its own way, which ONNX operators do not say."""

    def __init__(self, encoder):
        self.encode = encoder.encode
        self.settings = encoder.settings

    def decode(self, offsets, anchors):
        raise NotImplementedError


def test_an_encoder_with_a_decoding_of_its_own_is_refused_before_anything_runs(run, tmp_path, monkeypatch, capsys):
    from zoo_core.engines import exporting

    monkeypatch.setattr(exporting, "make", lambda settings: OwnDecode(zoo.make(settings)))
    monkeypatch.setattr("zoo_core.engines.gluon.engine.GluonEngine", None)  # it is not made
    assert main(["export", str(run), str(tmp_path / "model.onnx")]) == 1
    message = capsys.readouterr().err
    assert "encoder 'multibox' cannot be exported: OwnDecode has its own decode()" in message
    assert list(tmp_path.iterdir()) == []


def test_what_would_not_be_heeded_is_refused(tiny, tmp_path):
    for wrong in ({"overrides": {"nms.score": 0.3}}, {"config": tiny.config}, {"force": True}, {"limit": 3.0}):
        with pytest.raises(zoo.ArgumentError, match=f"{next(iter(wrong))} "):
            zoo.export(tiny, tmp_path / "tiny.onnx", **wrong)
    assert not [*tmp_path.iterdir()]


def test_a_subclass_that_changes_decode_alone_does_not_inherit_the_export(tiny):
    from zoo_core.engines.onnx.exportable import onnx_decode_of

    encoder = type(tiny.encoder)
    assert onnx_decode_of(tiny.encoder)
    changed = type("Changed", (encoder,), {"decode": encoder.decode})
    with pytest.raises(ExportError, match="Changed has its own decode"):
        onnx_decode_of(changed(tiny.encoder.settings))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{run}", "model.pb"], "ends in .onnx"),
        (["{run}/none", "model.onnx"], "no such run folder"),
        (["model.onnx", "other.onnx"], "is already exported"),
        (["{run}", "model.onnx", "--verify", "nowhere"], "nowhere"),
        (["{run}", "model.onnx", "--input", "big"], "HEIGHTxWIDTH"),
    ],
)
def test_what_cannot_be_is_told(run, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *(each.format(run=run) for each in arguments)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


BAD_TARGETS = {
    "a folder": ("folder.onnx", "is a folder"),
    "below a file": ("file/model.onnx", "file is not a folder"),
    "deep below a file": ("file/a/b/model.onnx", "file is not a folder"),
    "a long name": (f"{'a' * 300}.onnx", "name too long"),
    "a long folder": (f"{'a' * 300}/model.onnx", "name too long"),
    "a pipe": ("pipe.onnx", "is a pipe"),
    "a locked folder": ("locked/model.onnx", "cannot be written"),
}


@pytest.mark.parametrize(("name", "said"), BAD_TARGETS.values(), ids=BAD_TARGETS)
def test_where_no_file_can_be_is_told_before_anything_runs(name, said, run, tmp_path, monkeypatch, capsys):
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "locked").mkdir()
    (tmp_path / "file").write_text("kept")
    os.mkfifo(tmp_path / "pipe.onnx")
    access = os.access  # whoever runs the tests may write everywhere
    monkeypatch.setattr(os, "access", lambda path, mode, **how: "locked" not in str(path) and access(path, mode, **how))
    monkeypatch.setattr("zoo_core.engines.gluon.engine.GluonEngine", None)  # it is not made
    before = sorted(tmp_path.rglob("*"))
    assert main(["export", str(run), str(tmp_path / name)]) == 2
    error = capsys.readouterr().err
    assert said in error.lower()
    assert "Traceback" not in error
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "kept"


def test_a_name_that_no_file_can_have_is_told(tiny):
    with pytest.raises(RunError, match="not a possible file name"):
        zoo.export(tiny, "a\0b.onnx")


def test_a_disk_that_is_full_is_told(tiny, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(onnx, "save", full)
    with pytest.raises(ExportError, match=r"model\.onnx: cannot be written: No space left on device"):
        zoo.export(tiny, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


class FewImages:
    """The first images of a data set."""

    def __init__(self, whole, count):
        self.whole, self.count = whole, count
        self.class_names, self.problems = whole.class_names, whole.problems

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return self.whole[index]


def test_int8_is_calibrated_scored_and_smaller(tiny, tmp_path):
    few = FewImages(zoo.dataset(tiny.config), 2)
    report = zoo.export(tiny, tmp_path / "int8.onnx", int8=few, limit=100)
    assert (report.precision, report.loss.images) == ("int8", 2)
    assert "the float32 network: " in str(report)
    exported = zoo.load(report.path)
    assert exported.description.precision == "int8"
    assert len(exported.predict(few[0].image)) > 3
    weights = [each for each in onnx.load(report.path).graph.initializer if each.name.endswith("weight_quantized")]
    assert len(weights) > 4
    assert {numpy_helper.to_array(each).dtype for each in weights} == {np.dtype(np.int8)}
    assert onnx.load(report.path).opset_import[0].version == 13


@pytest.mark.slow
def test_int8_that_loses_too_much_is_refused_unless_told(tiny, tmp_path):
    few, path = FewImages(zoo.dataset(tiny.config), 2), tmp_path / "int8.onnx"
    # Less than nothing may be lost.
    with pytest.raises(ExportError, match=r"int8 loses .* and at most -200 are allowed"):
        zoo.export(tiny, path, int8=few, limit=-200)
    assert list(tmp_path.iterdir()) == []
    assert zoo.export(tiny, path, int8=few, limit=-200, force=True).path.is_file()
