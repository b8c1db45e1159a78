"""Predictions over HTTP are those of the detector, in the form of `zoo predict`."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

import zoo_core as zoo
from tests.serving.conftest import PREDICT, encoded, problems
from zoo_core.prediction.outputs.lines import as_json_line
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.pictures import Picture


def line_of(found, path):
    """What `zoo predict --json` prints."""
    return json.loads(as_json_line(Picture(path, Input(path.name, path)), found))


def test_one_picture_gives_the_line_of_the_command_line_and_a_form_a_list_of_them(client, tiny, png, tmp_path):
    path = tmp_path / "one.png"
    path.write_bytes(png)
    found = tiny.predict(path)
    expected = line_of(found.above(0.5), path)
    assert len(expected["objects"]) > 2
    assert client.post(PREDICT, content=png).json() == {**expected, "source": "picture"}
    flipped = encoded(np.array(Image.open(io.BytesIO(png)))[:, ::-1], "JPEG")
    files = [("picture", ("one.png", png)), ("x", ("two.jpg", flipped)), ("picture", ("one.png", png))]
    first, second, third = client.post(PREDICT, files=files).json()
    assert first == third == expected
    assert (second["source"], second["width"]) == ("two.jpg", 153)
    assert second["objects"] != first["objects"]
    assert client.post(PREDICT, files=files[:1]).json() == [expected]
    lines = client.post(PREDICT, files=files, headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line) for line in lines.text.splitlines()] == [first, second, third]


@pytest.mark.parametrize("iou", [0.2, 0.7, 1])
def test_parameters_do_what_the_settings_of_the_detector_do(client, tiny, tiny_table, picture, png, iou):
    settings = tiny.config.nms.model_copy(update={"iou": iou, "keep": 30})
    (found,) = tiny.find([picture], [settings])
    answer = client.post(PREDICT, params={"score": 0.05, "iou": iou, "keep": 30}, content=png).json()
    assert [each["score"] for each in answer["objects"]] == [float(each) for each in found.scores if each >= 0.05]
    np.testing.assert_allclose(
        [each["box"] for each in answer["objects"]], found.boxes[: len(answer["objects"])], atol=0.006
    )
    some = client.post(
        PREDICT, params={"score": 0.05, "iou": iou, "keep": 30, "classes": " square,circle"}, content=png
    )
    assert some.json()["objects"] == [each for each in answer["objects"] if each["name"] != "triangle"]
    plain = zoo.load_config(tiny_table).nms
    assert tiny.config.nms == plain, "a request changed the detector"


def test_a_picture_is_drawn_as_the_detector_draws_it(client, tiny, picture, png):
    drawn = client.post(PREDICT, content=png, headers={"Accept": "image/png, application/json;q=0.5"})
    assert drawn.headers["content-type"] == "image/png"
    expected = tiny.predict(picture).above(0.5).plot(legend=True)
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(drawn.content))), expected)
    jpeg = client.post(PREDICT, content=png, headers={"Accept": "image/jpeg"})
    assert Image.open(io.BytesIO(jpeg.content)).format == "JPEG"
    wide = client.post(PREDICT, content=encoded(np.zeros((1, 65_501, 3), np.uint8)), headers={"Accept": "image/jpeg"})
    assert "65501 pixels are too many for JPEG, whose sides have at most 65500" in problems(wide, 406)["Accept"]
    both = client.post(PREDICT, files=[("a", png), ("b", png)], headers={"Accept": "image/*"})
    assert "one at a time" in problems(both, 406)["Accept"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,*/*;q=0.1", "application/json"),
        ("image/*", "image/png"),
        ("image/*;q=0.3, image/jpeg", "image/jpeg"),
        ("application/json;q=0, */*", "application/x-ndjson"),
        ("image/png;q=2, image/jpeg;q=nan, */*;q=0.1", "application/json"),
        ("text/html", None),
        ("application/json;q=x", None),
        ("application/json;q=-1", None),
    ],
)
def test_the_kind_of_answer_is_what_the_client_likes_best(client, png, accept, kind):
    answer = client.post(PREDICT, content=png, headers={"Accept": accept})
    if kind is None:
        assert "one of application/json" in problems(answer, 406)["Accept"]
    else:
        assert answer.headers["content-type"] == kind


def test_lines_of_one_header_are_one_list(client, png):
    headers = [("Accept", "text/html"), ("Accept", "image/png;q=0.5"), ("Accept", "image/jpeg")]
    assert client.post(PREDICT, content=png, headers=headers).headers["content-type"] == "image/jpeg"


def test_a_parameter_that_is_there_twice_is_refused(client, png):
    answer = client.post(f"{PREDICT}?classes=circle&score=0.1&classes=square", content=png)
    assert problems(answer, 422) == {"classes": "is given 2 times|once; classes are separated by commas"}


@pytest.mark.parametrize(
    "path", ["/", "/health/live", "/health/ready", "/v2", "/v1/models", "/metrics", "/v2/health/ready"]
)
def test_the_head_of_an_answer_is_that_of_the_whole(client, path):
    head, whole = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert client.head("/v1/models/tny").status_code == 404
    assert 'method="HEAD"' in client.get("/metrics").text


def test_what_cannot_be_meant_is_told_all_at_once(client, png):
    wrong = {"score": "2", "iou": "nan", "keep": "0", "clases": "circle"}
    found = problems(client.post(PREDICT, params=wrong, content=png), 422)
    assert found["score"].startswith("should be less than or equal to 1; given '2'")
    assert found["iou"].startswith("should be")
    assert found["keep"].startswith("should be greater than or equal to 1")
    assert (
        found["clases"]
        == "unknown parameter; did you mean 'classes'?|parameters: score, iou, keep, classes, slice, overlap, flip"
    )
    found = problems(client.post(PREDICT, params={"classes": "circel", "keep": 401}, content=png), 422)
    assert found["classes"].startswith("no class is named 'circel'; did you mean 'circle'?|classes: circle, square")
    assert found["keep"].startswith("should be at most 400; given 401")
    found = problems(client.post("/v1/models/tny/predict", content=png), 404)
    assert found["model"] == "no model is named 'tny'; did you mean 'tiny'?|models: tiny"
    assert problems(client.put(PREDICT), 405) == {f"PUT {PREDICT}": "method not allowed|methods: POST"}
    assert problems(client.get("/v3"), 404) == {"GET /v3": "not found|see /docs"}


def test_models_are_described(client, tiny):
    (facts,) = client.get("/v1/models").json()
    assert client.get("/v1/models/tiny").json() == facts
    assert [each["name"] for each in facts["classes"]] == list(tiny.class_names)
    assert facts["classes"][0]["colour"] == "#0072b2"
    assert (facts["input_size"], facts["iou"], facts["keep"], facts["most"]) == ([64, 96], 0.45, 100, 400)


def test_the_description_for_programs_is_whole(client):
    description = client.get("/openapi.json").json()
    predict = description["paths"]["/v1/models/{name}/predict"]["post"]
    parameters = ["name", "score", "iou", "keep", "classes", "slice", "overlap", "flip"]
    assert [each["name"] for each in predict["parameters"]] == parameters
    assert set(predict["requestBody"]["content"]) == {"multipart/form-data", "image/jpeg", "image/png", "image/*"}
    assert {"PictureResult", "FoundObject", "Failure", "Fault"} <= set(description["components"]["schemas"])
    assert "HTTPValidationError" not in json.dumps(predict), "refusals have another form"
    assert client.get("/docs").status_code == 200


def test_windows_and_mirror_images_are_looked_at_as_the_detector_does(client, tiny, png, tmp_path):
    path = tmp_path / "one.png"
    path.write_bytes(png)
    lines = []
    for views in ({"slice": 64}, {"slice": "60x50", "overlap": 20, "flip": True}, {"flip": True}):
        expected = line_of(tiny.predict(path, **views).above(0.5), path)
        answer = client.post(PREDICT, params=views, files=[("a", ("one.png", png))]).json()
        assert answer == [expected]
        lines.append(expected)
    assert len({len(line["objects"]) for line in lines}) > 1
    for views, message in (
        ({"slice": "wide"}, {"slice": "an image size is HEIGHTxWIDTH, as 300x400, or one number"}),
        ({"slice": 40, "overlap": 40}, {"overlap": "should be less than the sides of slice, 40x40; given 40"}),
        ({"overlap": 40}, {"overlap": "is for windows: give slice, too"}),
        ({"slice": 9, "overlap": 4}, {"slice": "cuts a picture of 84x153 into 480 windows; allowed: at most 100"}),
    ):
        told = problems(client.post(PREDICT, params=views, content=png), 422)
        ((place, fault),) = message.items()
        assert fault.partition(";")[0] in told[place]
