"""Files that were tampered with, and foreign models that carry our metadata: a line that names the file."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import zoo_core as zoo
from tests.engines.onnx.wrong_files import WRONG
from zoo_core.cli import main
from zoo_core.common.errors import RunError, ZooError
from zoo_core.engines.onnx import exporting
from zoo_core.engines.onnx.exported_network import exported_network
from zoo_core.engines.onnx.exporting import Export

METADATA = {
    "not JSON": {"zoo.classes": "[circle"},
    "a number": {"zoo.classes": "5"},
    "null": {"zoo.classes": "null"},
    "no classes": {"zoo.classes": "[]"},
    "numbers": {"zoo.classes": "[1, 2, 3]"},
    "one more": {"zoo.classes": '["circle", "square", "triangle", "star"]'},
    "another order": {"zoo.classes": '["square", "circle", "triangle"]'},
    "deep": {"zoo.classes": "[" * 100_000},
    "5000 digits": {"zoo.classes": "9" * 5000},
    "a list": {"zoo.configuration": "[]"},
    "a text": {"zoo.configuration": '"tinyssd"'},
    "empty": {"zoo.configuration": ""},
    "no classes in it": {"zoo.configuration": "{}"},
    "no size": {"zoo.input_size": "0x0"},
    "a size of 5000 digits": {"zoo.input_size": "9" * 5000},
    "other outputs": {"zoo.outputs": "masks"},
    "other precision": {"zoo.precision": "float64"},
}


def tampered(path, source, **metadata):
    model = onnx.load(source)
    facts = {each.key: each.value for each in model.metadata_props} | metadata
    helper.set_model_props(model, facts)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("changes", METADATA.values(), ids=METADATA)
def test_metadata_that_cannot_be_are_told(changes, tiny_file, tmp_path):
    path = tampered(tmp_path / "model.onnx", tiny_file, **changes)
    with pytest.raises(RunError, match=r"the zoo's metadata is missing or damaged") as raised:
        zoo.load(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert len(str(raised.value)) < 1000


def test_a_configuration_that_was_tampered_with_names_the_file(tiny, tiny_file, tmp_path):
    table = tiny.config.model_dump(mode="json")
    table["nms"]["top_k"] = -1
    path = tampered(tmp_path / "model.onnx", tiny_file, **{"zoo.configuration": json.dumps(table)})
    with pytest.raises(zoo.ConfigError, match=r"model\.onnx: 1 problem\n  nms\.top_k") as raised:
        _ = zoo.load(path).config
    assert str(path) in str(raised.value)


def foreign(inputs, outputs):
    """A model that gives what it is given, or constants, under our metadata."""
    constants = [
        helper.make_node(
            "Constant",
            [],
            [name],
            value=helper.make_tensor(name, kind, shape, np.full(shape, value).flatten().tolist()),
        )
        for name, (kind, shape, value) in outputs.items()
    ]
    graph = helper.make_graph(
        constants,
        "foreign",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape, _) in outputs.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


PICTURES = {"images": (TensorProto.UINT8, ["b", "h", "w", 3])}
BOXES = {
    "boxes": (TensorProto.FLOAT, (1, 2, 4), 0.0),
    "scores": (TensorProto.FLOAT, (1, 2), 0.5),
    "labels": (TensorProto.INT64, (1, 2), 0),
    "count": (TensorProto.INT64, (1,), 2),
}
AT_LOADING = {
    "another input": ({"data": (TensorProto.FLOAT, [1, 3, 224, 224])}, BOXES, "it takes data"),
    "two inputs": (PICTURES | {"sizes": (TensorProto.FLOAT, [1, 2])}, BOXES, "it takes images"),
    "grey pictures": ({"images": (TensorProto.UINT8, ["b", "h", "w", 1])}, BOXES, "not RGB pictures"),
    "channels first": ({"images": (TensorProto.UINT8, ["b", 3, "h", "w"])}, BOXES, "not RGB pictures"),
    "a flat input": ({"images": (TensorProto.UINT8, ["n"])}, BOXES, "images uint8 of 1 dimensions"),
    "another output": (PICTURES, {"logits": (TensorProto.FLOAT, (1, 1000), 0.0)}, "it gives logits"),
    "no count": (PICTURES, {name: BOXES[name] for name in ("boxes", "scores", "labels")}, "count int64"),
    "labels as floats": (PICTURES, BOXES | {"labels": (TensorProto.FLOAT, (1, 2), 0.0)}, "labels float"),
    "flat boxes": (PICTURES, BOXES | {"boxes": (TensorProto.FLOAT, (1, 8), 0.0)}, "boxes float32 of 2"),
}
AT_PREDICTING = {
    "a count beyond the list": ({"count": (TensorProto.INT64, (1,), 3)}, "it claims 3 detections in lists of 2"),
    "a negative count": ({"count": (TensorProto.INT64, (1,), -1)}, "it claims -1 detections in lists of 2"),
    "another batch": ({"count": (TensorProto.INT64, (3,), 1)}, "shapes do not agree"),
    "boxes of five numbers": ({"boxes": (TensorProto.FLOAT, (1, 2, 5), 0.0)}, "shapes do not agree"),
    "fewer labels": ({"labels": (TensorProto.INT64, (1, 1), 0)}, "shapes do not agree"),
    "a label too many": ({"labels": (TensorProto.INT64, (1, 2), 3)}, "a label is not one of 3 classes"),
    "a negative label": ({"labels": (TensorProto.INT64, (1, 2), -1)}, "a label is not one of 3 classes"),
    "NaN boxes": ({"boxes": (TensorProto.FLOAT, (1, 2, 4), np.nan)}, "not finite"),
    "infinite scores": ({"scores": (TensorProto.FLOAT, (1, 2), np.inf)}, "not finite"),
}


def with_our_metadata(model, tiny_file, path):
    helper.set_model_props(model, {each.key: each.value for each in onnx.load(tiny_file).metadata_props})
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(("inputs", "outputs", "said"), AT_LOADING.values(), ids=AT_LOADING)
def test_foreign_models_are_told_at_loading(inputs, outputs, said, tiny_file, tmp_path):
    path = with_our_metadata(foreign(inputs, outputs), tiny_file, tmp_path / "model.onnx")
    with pytest.raises(RunError, match=said) as raised:
        zoo.load(path)
    assert str(raised.value).startswith(f"{path}: is not a detector's file")


@pytest.mark.parametrize(("outputs", "said"), AT_PREDICTING.values(), ids=AT_PREDICTING)
def test_foreign_models_are_told_at_predicting(outputs, said, tiny_file, tmp_path, picture):
    path = with_our_metadata(foreign(PICTURES, BOXES | outputs), tiny_file, tmp_path / "model.onnx")
    detector = zoo.load(path)
    with pytest.raises(RunError, match=said) as raised:
        detector.predict(picture)
    assert str(raised.value).startswith(f"{path}: ")


def test_a_graph_that_cannot_run_is_told_at_predicting(tiny, tmp_path, picture):
    arguments = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            exporting, "assemble", lambda *given: arguments.append(given) or WRONG["labels of the wrong column"](*given)
        )
        model = Export(tiny, exported_network(tiny))._model()
    shape = next(
        each for each in model.graph.node if each.op_type == "Reshape" and not each.name.startswith("network/")
    )
    wrong = next(each for each in model.graph.initializer if each.name == shape.input[1])
    wrong.CopyFrom(onnx.numpy_helper.from_array(np.array([0, 7], np.int64), wrong.name))
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(RunError, match=r"model\.onnx: ONNX Runtime cannot r"):
        zoo.load(tmp_path / "model.onnx").predict(picture)


def test_the_command_tells_it_in_a_line(tiny_file, tmp_path, picture, capsys):
    from PIL import Image

    Image.fromarray(picture).save(tmp_path / "picture.png")
    outputs, _ = AT_PREDICTING["a count beyond the list"]
    path = with_our_metadata(foreign(PICTURES, BOXES | outputs), tiny_file, tmp_path / "model.onnx")
    assert main(["predict", str(path), str(tmp_path / "picture.png")]) == 2
    error = capsys.readouterr().err
    assert f"{path}: gives invalid detections" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_told_or_read(seed, tiny_file, tmp_path, picture):
    rng, content = np.random.default_rng(seed), tiny_file.read_bytes()
    for number in range(10):
        damaged = bytearray(content)
        for place in rng.integers(len(content), size=int(rng.integers(1, 20))):
            damaged[place] ^= 1 << int(rng.integers(8))
        path = tmp_path / f"{number}.onnx"
        path.write_bytes(damaged[: int(rng.integers(len(content)))] if number % 3 == 0 else damaged)
        try:
            found = zoo.load(path).predict(picture)
        except ZooError as error:
            assert str(path) in str(error)  # noqa: PT017  # or it can be read all the same
        else:
            assert np.isfinite(found.boxes).all()
