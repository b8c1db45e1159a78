"""`zoo anchors`, from a configuration to a proposal that can be used as it stands."""

import json

import pytest

from zoo_core.common.tables import from_yaml
from zoo_core.data.pipeline.images import read_image
from zoo_core.evaluation.anchors.coverage import Coverage

FEW = ["--set", "data.train_images=12"]
LARGE = ["--set", "anchors.sizes=[[0.7, 0.75], [0.8, 0.82], [0.85, 0.87], [0.9, 0.92], [0.95, 0.97]]"]


def test_what_is_not_reached_is_told_and_drawn_and_better_sizes_are_proposed(zoo, tmp_path):
    out = tmp_path / "anchors.png"
    code, said, err = zoo("anchors", "tinyssd_shapes", *FEW, *LARGE, "--out", str(out))
    assert (code, err) == (0, "")
    assert "an object is reached by an anchor of IoU 0.5 (the encoder's threshold)" in said
    assert f"not reached, the farthest drawn in {out}:" in said
    assert read_image(out).shape[1] > 4 * 480
    proposal = from_yaml(said[said.index("\nanchors:\n") :])
    assert proposal["anchors"]["name"] == "multibox_prior"
    assert len(proposal["anchors"]["sizes"]) == 5


@pytest.mark.slow
def test_a_proposal_can_be_used_as_it_stands(zoo, tmp_path):
    arguments = ["anchors", "tinyssd_shapes", *FEW, "--out", str(tmp_path / "anchors.png"), "--json"]
    code, said, _ = zoo(*arguments, *LARGE)
    before = json.loads(said)
    assert code == 0
    assert before["picture"] == str(tmp_path / "anchors.png")
    assert before["overall"]["recall"] < 0.5 < before["proposal"]["overall"]["recall"]
    wanted = [f"--set=anchors.{key}={value}" for key, value in before["proposal"]["anchors"].items()]
    after = json.loads(zoo(*arguments, *wanted)[1])
    assert after["overall"] == {**before["proposal"]["overall"], "name": "all"}
    assert [each["map"] for each in after["maps"]] == ["16x16", "8x8", "4x4", "2x2", "1x1"]


def test_when_all_is_well_nothing_is_drawn(zoo, tmp_path, monkeypatch):
    monkeypatch.setattr(Coverage, "mean_iou", 1.0)
    code, said, _ = zoo("anchors", "tinyssd_shapes", *FEW, "--out", str(tmp_path / "anchors.png"))
    assert code == 0
    assert "Every object is reached." in said
    assert said.endswith("No better sizes were found: keep the present ones.\n")
    assert not (tmp_path / "anchors.png").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tinyssd_shapes", "--set", "data=null"], "data: is required for this, and was not given"),
        (["tinyssd_shape"], "did you mean 'tinyssd_shapes'?"),
    ],
)
def test_what_is_missing_is_told(zoo, arguments, says):
    code, out, err = zoo("anchors", *arguments)
    assert (code, out) == (2, "")
    assert says in err
