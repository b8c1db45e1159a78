"""A trained detector finds objects, is scored and exported where parts are not installed that only training uses."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

import zoo_core as zoo
from tests.tiny import SMALL_SHAPES
from zoo_core.cli import main
from zoo_core.common.errors import ConfigError, MissingPartsWarning
from zoo_core.common.tables import from_yaml, to_yaml
from zoo_core.config.absent_parts import absent_parts, require_parts
from zoo_core.config.provenance import versions_of

ABSENT = {
    "training.augmentation[1]": ("augmentation", {"name": "erasing", "largest": 0.3, "colours": ["red", {"grey": 1}]}),
    "training.optimizer": ("optimizer", {"name": "lion", "betas": [0.9, 0.99]}),
    "training.schedule": ("schedule", {"name": "halving"}),
    "training.loggers[0]": ("logger", {"name": "elsewhere", "uri": "http://nowhere"}),
    "data": ("dataset", {"name": "tiled", "root": "/nowhere"}),
}
"""A table of a part by the setting that chooses it, with its kind."""

IMAGE = np.full((96, 96, 3), 90, np.uint8)


def write(file, place):
    """Let a configuration name a part that is not installed."""
    table = from_yaml(file.read_text(encoding="utf-8"))
    _, part = ABSENT[place]
    if place == "data":
        table["data"] = part
    elif place.endswith("]"):
        name = place[len("training.") : place.index("[")]
        table["training"][name] = [{"name": "flip", "probability": 0.5}, part] if name == "augmentation" else [part]
    else:
        table["training"][place.removeprefix("training.")] = part
    file.write_text(to_yaml(table), encoding="utf-8")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run, and what its detector finds in an image."""
    overrides = {**SMALL_SHAPES, "training.epochs": 1}
    folder = zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("runs") / "run", overrides).folder
    return folder, zoo.load(folder).predict(IMAGE)


@pytest.fixture
def run(trained, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    for file in trained[0].iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize("place", ABSENT)
def test_it_is_opened_without_a_part_and_is_trained_only_with_it(run, trained, place):
    kind, part = ABSENT[place]
    write(run / "config.yaml", place)
    told = rf"run/config\.yaml: opened without parts that training or scoring need\n  {place.replace('[', '.')[:-2]}"
    with pytest.warns(MissingPartsWarning, match=told) as warned:
        detector = zoo.load(run, {"nms.score": 0.01})
    assert len(warned) == 1
    assert f"{place}: no " in str(warned[0].message)
    assert f"named {part['name']!r}" in str(warned[0].message)
    np.testing.assert_array_equal(detector.predict(IMAGE).boxes, trained[1].boxes)
    assert place not in versions_of(detector.config)["parts"]

    (absent,) = absent_parts(detector.config).items()
    assert (absent[0], absent[1].kind, absent[1].model_dump(mode="json")) == (place, kind, part)
    assert zoo.load_config(detector.config, {"nms.iou": 0.4}).nms.iou == 0.4
    write(run / "config.yaml", place)  # the whole configuration as it is written again has the part as it was
    assert from_yaml(detector.config.to_yaml()) == from_yaml((run / "config.yaml").read_text(encoding="utf-8"))
    for refused in (lambda: zoo.train(detector.config, run.parent / "again"), lambda: require_parts(detector.config)):
        with pytest.raises(ConfigError, match=rf"named '{part['name']}'"):
            refused()
    assert not (run.parent / "again").exists()
    (run / "metrics.json").unlink()  # as if it had been stopped
    with pytest.raises(zoo.RunError, match=rf"named '{part['name']}'"):
        zoo.resume(run)


def test_a_run_says_from_which_package_a_part_came_that_only_training_uses():
    parts = versions_of(zoo.load_config("tinyssd_shapes", {"training.loggers": ["tensorboard", "mlflow"]}))["parts"]
    assert {*parts} == {"backbone", "anchors", "targets", "loss", "dataset", "training.loggers[1]"}
    assert parts["training.loggers[1]"]["distribution"] == "zoo-mlflow"


def test_all_are_told_at_once_by_commands_too_and_what_is_exported_keeps_them(run, tmp_path, capsys):
    for place in ABSENT:
        write(run / "config.yaml", place)
    warnings.simplefilter("default", MissingPartsWarning)
    assert main(["export", str(run), str(tmp_path / "tiny.onnx")]) == 0
    first, *others = [line for line in capsys.readouterr().err.splitlines() if ": " in line]
    assert first == f"zoo: {run / 'config.yaml'}: opened without parts that training or scoring need"
    assert {each.split(": ")[0].strip() for each in others} == set(ABSENT)
    exported = zoo.load(tmp_path / "tiny.onnx")
    assert exported.description.configuration["training"]["optimizer"] == ABSENT["training.optimizer"][1]
    assert len(absent_parts(exported.config)) == len(ABSENT)
    assert main(["eval", str(run), "--json"]) != 0
    assert "run: its data set cannot be read: no dataset is named 'tiled'" in capsys.readouterr().err
    assert main(["eval", str(run), "--set", "data.name=shapes", "--set", "data.validation_images=2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 2


def test_a_part_that_somebody_names_himself_has_to_be_installed(run):
    write(run / "config.yaml", "training.optimizer")
    warnings.simplefilter("ignore", MissingPartsWarning)
    for overrides in ({"training.schedule": "halfing"}, {"training.optimizer": "lyon"}):
        with pytest.raises(ConfigError, match=r"named '(halfing|lyon)'"):
            zoo.load(run, overrides)
    text = (run / "config.yaml").read_text(encoding="utf-8")
    (run / "config.yaml").write_text(text.replace("training:", "training:\n  epochz: 3"), encoding="utf-8")
    with pytest.raises(zoo.RunError, match="epochz: unknown setting"):
        zoo.load(run)
