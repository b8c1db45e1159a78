"""An exported file beside others: it suppresses by itself, and says so."""

from __future__ import annotations

import pytest

import zoo_core as zoo
from tests.serving.conftest import PREDICT, problems


@pytest.fixture(scope="module")
def exported(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "tiny.onnx"
    zoo.export(tiny, path)
    return zoo.load(path)


def test_a_file_answers_as_the_command_line_does_and_keeps_its_suppression(serving, exported, tiny, picture, png):
    client = serving(exported)
    client.service.models["tiny"].try_out()
    expected = exported.predict(picture).above(0.5).to_dict()["objects"]
    answer = client.post(PREDICT, content=png)
    assert answer.json()["objects"] == expected
    few = client.post(PREDICT, params={"keep": 3, "iou": tiny.config.nms.iou}, content=png).json()
    assert few["objects"] == expected[:3]
    found = problems(client.post(PREDICT, params={"iou": 0.6, "keep": 101}, content=png), 422)
    assert found["iou"] == "is part of the exported file, as 0.45; given 0.6|leave it out, or serve the run"
    assert found["keep"].startswith("should be at most 100; given 101")
    facts = client.get("/v1/models/tiny").json()
    assert (facts["iou_is_fixed"], facts["most"], facts["picture_size"]) == (True, 100, None)
    candidates = client.post("/v1/models/tiny/candidates", content=png).json()
    assert len(candidates["objects"]) == int((exported.predict(picture).scores >= 0.05).sum())
