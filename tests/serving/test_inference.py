"""The Open Inference Protocol, as JSON and with tensors as bytes; its public client is in `test_process.py`."""

from __future__ import annotations

import base64
import json
import struct

import numpy as np
import pytest

from tests.serving.conftest import problems

INFER = "/v2/models/tiny/infer"
SIZE = "Inference-Header-Content-Length"


def images(pictures, **changes):
    return {"name": "images", "datatype": "UINT8", "shape": list(pictures.shape), "data": pictures.tolist()} | changes


def arrays(answer):
    """The outputs of an answer of JSON."""
    assert answer.status_code == 200, answer.text
    return {each["name"]: np.array(each["data"]).reshape(each["shape"]) for each in answer.json()["outputs"]}


def test_tensors_are_what_the_detector_finds_padded(client, tiny, picture):
    batch = np.stack([picture, picture[:, ::-1], np.zeros_like(picture)])
    asked = {"id": "7", "inputs": [images(batch)], "parameters": {"score": 0.9, "iou": 0.6, "priority": 1}}
    answer = client.post(INFER, json=asked)
    found = [*tiny.find([*batch], [tiny.config.nms.model_copy(update={"iou": 0.6})] * 3)]
    counts = [int((each.scores >= 0.9).sum()) for each in found]
    assert counts[0] != counts[2]
    outputs = arrays(answer)
    assert answer.json()["id"] == "7"
    assert outputs["count"].tolist() == counts
    for row, (each, count) in enumerate(zip(found, counts, strict=True)):
        np.testing.assert_array_equal(outputs["boxes"][row, :count].astype(np.float32), each.boxes[:count])
        np.testing.assert_array_equal(outputs["scores"][row, :count].astype(np.float32), each.scores[:count])
        np.testing.assert_array_equal(outputs["labels"][row, :count], each.labels[:count])
        assert not outputs["boxes"][row, count:].any()
    flat = images(batch, data=batch.ravel().tolist())
    again = client.post("/v2/models/tiny/versions/1/infer", json=asked | {"inputs": [flat]})
    assert again.json() == answer.json()
    every = arrays(client.post(INFER, json={"inputs": [images(picture)]}))
    assert every["count"].tolist() == [len(next(iter(tiny.find([picture]))).scores)], "by default all that is reported"


def test_tensors_as_bytes_and_files(client, picture, png):
    text = {"inputs": [images(picture, data=None) | {"parameters": {"binary_data_size": picture.size}}]}
    text["outputs"] = [{"name": "scores", "parameters": {"binary_data": True}}, {"name": "labels"}]
    head = json.dumps(text).encode()
    answer = client.post(INFER, content=head + picture.tobytes(), headers={SIZE: str(len(head))})
    size = int(answer.headers[SIZE])
    scores, labels = json.loads(answer.content[:size])["outputs"]
    assert scores["parameters"] == {"binary_data_size": len(answer.content) - size}
    expected = arrays(client.post(INFER, json={"inputs": [images(picture)]}))
    np.testing.assert_array_equal(np.frombuffer(answer.content[size:], "<f4")[None], expected["scores"].astype("<f4"))
    assert labels["data"] == expected["labels"].ravel().tolist()
    file = {"name": "files", "datatype": "BYTES", "shape": [1], "data": [base64.b64encode(png).decode()]}
    np.testing.assert_array_equal(arrays(client.post(INFER, json={"inputs": [file]}))["boxes"], expected["boxes"])
    element = struct.pack("<I", len(png)) + png
    file |= {"data": None, "parameters": {"binary_data_size": len(element)}}
    head = json.dumps({"inputs": [file]}).encode()
    answer = client.post(INFER, content=head + element, headers={SIZE: str(len(head))})
    np.testing.assert_array_equal(arrays(answer)["boxes"], expected["boxes"])


@pytest.mark.parametrize(
    ("change", "place", "fault"),
    [
        ({"datatype": "FP32"}, "inputs.images", "should be UINT8 [-1, -1, -1, 3]; given FP32"),
        ({"shape": [84, 153]}, "inputs.images", "given UINT8 [84, 153]"),
        ({"shape": [84, 153, 4]}, "inputs.images", "given UINT8 [84, 153, 4]"),
        ({"shape": [2, 84, 153, 3]}, "inputs.images", "should have 77112 values; given 38556"),
        ({"shape": [0, 84, 153, 3]}, "inputs.0.shape.0", "should be greater than or equal to 1"),
        ({"data": [256] * 38556}, "inputs.images", "integers from 0 to 255"),
        ({"data": [-1] * 38556}, "inputs.images", "integers from 0 to 255"),
        ({"data": [0.5] * 38556}, "inputs.images", "integers from 0 to 255"),
        ({"data": [True] * 38556}, "inputs.images", "integers from 0 to 255"),
        ({"data": [10**30]}, "inputs.images", "integers from 0 to 255"),
        ({"data": [[1], [1, 2]]}, "inputs.images", "integers from 0 to 255"),
        ({"data": "/etc/passwd"}, "inputs.images", "integers from 0 to 255"),
        ({"data": None}, "inputs.images", "integers from 0 to 255"),
        ({"name": "pictures"}, "inputs", "there is no input 'pictures'|inputs: images or files"),
        ({"name": "files", "datatype": "BYTES", "shape": [1], "data": ["?"]}, "inputs.files", "a string in base64"),
        ({"name": "files", "datatype": "BYTES", "shape": [2], "data": [""]}, "inputs.files", "2 elements; given 1"),
        ({"name": "files", "datatype": "BYTES", "shape": [1], "data": [""]}, "files[0]", "is empty"),
        (
            {"parameters": {"binary_data_size": 5}, "data": None},
            "body",
            "0 bytes behind the JSON, but its inputs say 5",
        ),
        ({"parameters": {"binary_data_size": -5}, "data": None}, "inputs.images", "should be a number of bytes"),
        (
            {"parameters": {"shared_memory_region": "x"}, "data": None},
            "inputs.images.parameters",
            "shared_memory_region belongs to an extension that is not served|extensions: binary_tensor_data",
        ),
    ],
)
def test_wrong_tensors(client, picture, change, place, fault):
    answer = client.post(INFER, json={"inputs": [images(picture) | change]})
    found = problems(answer, 422 if place == "files[0]" else 400)
    assert fault in found[place]


def test_wrong_requests(serving, picture):
    client = serving(pictures=2, pixels=picture.size // 3)
    good = images(picture)
    for body, place, fault in (
        (b"nonsense", "body", "is not JSON"),
        (b"[" * 100_000, "body", "is not JSON"),
        (b"\xff", "body", "is not JSON"),
        (b"[]", "body", "should be"),
        (b'{"inputs": []}', "inputs", "should have at least 1 item"),
        (json.dumps({"inputs": [good, good]}).encode(), "inputs", "should have at most 1 item"),
        (
            json.dumps({"inputs": [good], "outputs": [{"name": "box"}]}).encode(),
            "outputs",
            "no output 'box'|outputs: boxes",
        ),
        (json.dumps({"inputs": [good], "parameters": {"score": 2}}).encode(), "score", "less than or equal to 1"),
        (json.dumps({"inputs": [good], "parameters": {"classes": "x"}}).encode(), "classes", "no class is named 'x'"),
    ):
        answer = client.post(INFER, content=body)
        assert fault in problems(answer, 422 if place == "classes" else 400)[place]
    for size in ("5", "-1", "x", "\u00b2".encode(), "9" * 30):
        assert client.post(INFER, content=b"{}", headers={SIZE: size}).status_code == 400
    many = np.zeros((3, 2, 2, 3), np.uint8)
    assert "has 3 pictures|at most 2" in problems(client.post(INFER, json={"inputs": [images(many)]}), 413)["inputs"]
    wide = np.zeros((1, 1, picture.size // 3 + 1, 3), np.uint8)
    assert "pixels; at most" in problems(client.post(INFER, json={"inputs": [images(wide)]}), 422)["inputs.images"]


def test_null_is_nothing_as_clients_write_it(client, picture):
    """MLServer's types and KServe's dictionaries have all optional fields."""
    asked = {"id": None, "parameters": None, "outputs": None, "inputs": [images(picture) | {"parameters": None}]}
    assert client.post(INFER, json=asked).json() == client.post(INFER, json={"inputs": [images(picture)]}).json()
    asked |= {"parameters": {"content_type": None, "score": None}}
    asked["outputs"] = [{"name": "count", "parameters": None}]
    assert [each["name"] for each in client.post(INFER, json=asked).json()["outputs"]] == ["count"]
    asked["outputs"][0]["parameters"] = {"classification": 3}
    assert "classification belongs to" in problems(client.post(INFER, json=asked), 400)["outputs.count.parameters"]


def test_health_and_metadata(client):
    assert client.get("/v2").json()["extensions"] == ["binary_tensor_data"]
    # KServe's client takes the body at its word; others look at the status alone.
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    for path in ("/v2/models/tiny/ready", "/v2/models/tiny/versions/1/ready"):
        assert client.get(path).json() == {"name": "tiny", "ready": True}
    facts = client.get("/v2/models/tiny").json()
    assert client.get("/v2/models/tiny/versions/1").json() == facts
    assert facts["inputs"] == [{"name": "images", "shape": [-1, -1, -1, 3], "datatype": "UINT8"}]
    assert [each["name"] for each in facts["outputs"]] == ["boxes", "scores", "labels", "count"]
    assert "versions: 1" in problems(client.get("/v2/models/tiny/versions/2"), 404)["version"]
    assert "no model" in problems(client.post("/v2/models/x/infer", json={}), 404)["model"]
