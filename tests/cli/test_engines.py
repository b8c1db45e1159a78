"""``--engine`` and what goes with it: one meaning in all commands."""

import json
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

import zoo_core
from zoo_core.cli.completion import devices, engines

FILE = str(Path(__file__).parents[1] / "light" / "detector.onnx")
with_openvino = pytest.mark.skipif(find_spec("openvino") is None, reason="comes with zoo-core[openvino]")
with_torch = pytest.mark.skipif(find_spec("torch") is None, reason="comes with zoo-core[torch]")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    image = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8).repeat(20, 0).repeat(20, 1)
    cv2.imwrite(str(path), image)
    return str(path)


def found_by(zoo, *arguments):
    code, out, err = zoo("predict", *arguments, "--json", "--no-draw", "--score", "0")
    assert (code, err) == (0, "")
    objects = json.loads(out)["objects"]
    assert len(objects) > 3
    return [each["name"] for each in objects], np.array([[*each["box"], each["score"]] for each in objects])


@with_openvino
def test_a_file_is_predicted_with_openvino(zoo, photo):
    names, numbers = found_by(zoo, FILE, photo)
    others = found_by(zoo, FILE, photo, "--engine", "openvino", "--device", "cpu", "--threads", "1")
    assert others[0] == names
    np.testing.assert_allclose(others[1], numbers, atol=1e-2)


@with_torch
def test_a_run_is_opened_with_pytorch(run_folder):
    detector = zoo_core.load(run_folder, {"nms.keep": 7}, engine="torch", device="cpu")
    assert (detector.config.engine, detector.config.device, detector.config.nms.keep) == ("torch", "cpu", 7)
    assert detector.engine.library == "PyTorch"


@with_openvino
def test_a_file_is_scored_with_openvino(zoo, tmp_path):
    found = []
    for engine in ("onnxruntime", "openvino"):
        file = tmp_path / f"{engine}.json"
        data = ("--set", "data={name: shapes, validation_images: 4}", "--predictions", str(file))
        assert zoo("eval", FILE, *data, "--engine", engine).code == 0
        found.append(json.loads(file.read_text()))
    assert len(found[0]) == len(found[1]) > 10
    for one, other in zip(*found, strict=True):
        assert one["category_id"] == other["category_id"]
        np.testing.assert_allclose([*one["bbox"], one["score"]], [*other["bbox"], other["score"]], atol=1e-2)


def test_training_has_the_engine_and_the_device_that_are_asked_for(zoo, monkeypatch):
    seen = []

    def begin(config, *_, **__):
        seen.append((config.engine, config.device))
        raise KeyboardInterrupt

    monkeypatch.setattr("zoo_core.training.running.begin", begin)
    zoo("train", "tinyssd_shapes", "--set", "engine=auto", "--engine", "torch", "--device", "cpu")
    assert seen == [("torch", "cpu")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict", FILE, "PHOTO", "--engine", "torch"], "for an exported file; given 'torch', which is for"),
        (["predict", "RUN", "PHOTO", "--engine", "openvino"], "for a run or a configuration; given 'openvino'"),
        (["predict", "RUN", "PHOTO", "--precision", "bfloat16"], "precision is for an exported file"),
        (["predict", FILE, "PHOTO", "--set", "engine=openvino"], "engine, device, precision and threads"),
        (["predict", FILE, "PHOTO", "--device", "gpus"], "did you mean 'gpu'"),
        (["eval", "RUN", "--engine", "onnxruntime"], "for a run or a configuration; given 'onnxruntime', which is"),
        (["eval", "found.json", "--threads", "2"], "--threads: found.json says what was found"),
        (["train", "tinyssd_shapes", "--engine", "openvino"], "'auto', 'mxnet' or 'torch' for a run or"),
        (["export", "RUN", "model.onnx", "--engine", "onnxruntime"], "'auto', 'mxnet' or 'torch'"),
        (["bench", FILE, "--engine", "mxnet"], "for an exported file; given 'mxnet', which is for runs"),
        (["bench", FILE, "--engine", "onnxrt"], "given 'onnxrt'; did you mean 'onnxruntime'?"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told(zoo, arguments, said, photo, run_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places = {"RUN": str(run_folder), "PHOTO": photo}
    code, _, err = zoo(*(places.get(each, each) for each in arguments))
    assert (code, said in " ".join(err.split())) == (2, True), err


def test_the_engines_of_a_run_or_of_a_file_are_offered():
    class Context:
        def __init__(self, **params):
            self.params = params

    assert engines(Context(run=Path("a.onnx")), "") == ("onnxruntime", "openvino")
    assert engines(Context(runs=[Path("runs/a")]), "") == ("auto", "mxnet", "torch")
    assert "npu" in devices(Context(run=Path("a.onnx"), engine="openvino"), "")
    assert "cuda" in devices(Context(run=Path("a.onnx"), engine=None), "")
