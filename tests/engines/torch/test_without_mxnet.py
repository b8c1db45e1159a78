"""A run that MXNet began goes on and is scored in a program that has neither MXNet nor GluonCV.

That it is trained further in a place without MXNet is tried by `tests/light/test_torch.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.engines.network_file import NetworkFile, made_for
from zoo_core.engines.network_graph import NetworkGraph

NOTHING = NetworkGraph((), (), ())
TINY = {
    "input_size": "64x64",
    "backbone.channels": [4] * 6,
    "device": "cpu",
    "data.image_size": 64,
    "data.train_images": 8,
    "data.validation_images": 1,
    "training.batch_size": 4,
    "training.epochs": 2,
    "training.score_every": None,
}


def outputs_of(detector: Any, image: Any) -> Any:
    """The raw outputs for a picture."""
    return detector.engine.outputs(detector.network_input(image)[None])


_PROGRAM = """
import json, sys
sys.modules["mxnet"] = sys.modules["gluoncv"] = None
import warnings
import zoo_core as zoo

def outputs_of(detector, image):
    return detector.engine.outputs(detector.network_input(image)[None])

stopped, ended = sys.argv[1:]
messages = {}
found = outputs_of(zoo.load(ended), zoo.dataset(zoo.load_config(ended + "/config.yaml"))[0].image)
run = zoo.resume(stopped)
for what, attempt in {
    "new": lambda: zoo.build("tinyssd_shapes"),
    "another head": lambda: zoo.load(ended, {"head.kernel": 1}),
    "fewer classes": lambda: zoo.load(ended, {"classes": ["circle", "square"]}),
}.items():
    try:
        attempt()
    except zoo.ZooError as error:
        messages[what] = str(error)
print(json.dumps({"found": [each.tolist() for each in found], "messages": messages,
                  "mxnet": sys.modules["mxnet"] is not None, "engine": type(run.detector().engine).__name__}))
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A training that was stopped after its first epoch, and one that ended."""
    folder = tmp_path_factory.mktemp("runs")
    zoo.train("tinyssd_shapes", folder / "ended", TINY)

    def stop(step: Any) -> None:
        if step.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        zoo.train("tinyssd_shapes", folder / "stopped", TINY, watch=stop)
    return folder / "stopped", folder / "ended"


@pytest.mark.slow
def test_all_of_it_without_mxnet(runs: tuple[Path, Path]) -> None:
    stopped, ended = runs
    detector = zoo.load(ended)
    image = zoo.dataset(zoo.load_config(ended / "config.yaml"))[0].image
    program = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM, str(stopped), str(ended)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    told = json.loads(program.stdout.splitlines()[-1])
    assert told["mxnet"] is False
    assert told["engine"] == "TorchEngine"
    for here, there in zip(told["found"], outputs_of(detector, image), strict=True):
        np.testing.assert_allclose(here, there, atol=1e-5)
    assert (stopped / "metrics.json").is_file()
    assert zoo.load(stopped).predict(image) is not None  # here, on MXNet
    assert "a new network is made by MXNet" in told["messages"]["new"]
    assert "was made for another head" in told["messages"]["another head"]
    assert "it was trained for 3 classes, but this detector has 2 classes" in told["messages"]["fewer classes"]


@pytest.mark.slow
def test_old_runs_and_files_of_weights_are_converted(runs: tuple[Path, Path], tmp_path: Path) -> None:
    _, ended = runs
    before = NetworkFile.read(ended / "network.json")
    (ended / "network.json").unlink()
    assert zoo.convert(ended) == ended
    assert NetworkFile.read(ended / "network.json").made_for == before.made_for
    lone = tmp_path / "lone.params"
    lone.write_bytes((ended / "weights.params").read_bytes())
    with pytest.raises(zoo.RunError, match="pass a new folder"):
        zoo.convert(lone, config=ended / "config.yaml")
    made = zoo.convert(lone, tmp_path / "run", config=ended / "config.yaml")
    assert NetworkFile.read(made / "network.json").made_for == before.made_for
    image = np.full((64, 64, 3), 100, np.uint8)
    np.testing.assert_array_equal(outputs_of(zoo.load(made), image)[0], outputs_of(zoo.load(ended), image)[0])
    with pytest.raises(zoo.RunError, match="is a run folder"):
        zoo.convert(ended, tmp_path / "other")
    with pytest.raises(zoo.RunError, match="exported"):
        zoo.convert("detector.onnx")


_EMPTY = '{"inputs": [], "nodes": [], "outputs": []}'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "not the graph of a network"),
        ('{"version": 2}', "this zoo reads 1"),
        ('{"version": 1, "network": {}, "loss": {}, "made_for": {}}', "not the graph of a network"),
        (f'{{"version": 1, "network": {_EMPTY}, "loss": {_EMPTY}, "made_for": {{}}}}', "number of classes"),
        (
            '{"version": 1, "made_for": {}, "loss": {}, "network": {"inputs": [], "outputs": [[3, 0]], "nodes": []}}',
            "one of its outputs is missing",
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "network.json"
    path.write_text(content)
    with pytest.raises(zoo.RunError, match=reason) as error:
        NetworkFile.read(path)
    assert str(path) in str(error.value)


def test_settings_that_are_younger_than_a_file_had_their_defaults() -> None:
    config = zoo.load_config("tinyssd_shapes")
    today = made_for(config)
    before = NetworkFile(NOTHING, NOTHING, {**today, "head": {}})
    before.fitted(config, Path("network.json"))
    for head in ({"kernel": 1}, {"kernel": 3, "depth": 2}):
        with pytest.raises(zoo.RunError, match="made for another head"):
            NetworkFile(NOTHING, NOTHING, {**today, "head": head}).fitted(config, Path("network.json"))
    with pytest.raises(zoo.RunError, match="made for another head"):
        before.fitted(zoo.load_config(config, {"head.kernel": 1}), Path("network.json"))


def test_where_a_stopped_training_goes_on_is_said(tmp_path: Path) -> None:
    def stop(step: Any) -> None:
        if step.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        zoo.train("tinyssd_shapes", tmp_path / "run", TINY, watch=stop)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        run = zoo.resume(tmp_path / "run", engine="torch", device="cpu")
    changed = [str(each.message) for each in warned]
    assert any(each.startswith("config: engine was ") for each in changed)
    assert any(each.startswith("versions: torch was null") for each in changed)
    assert run.config.engine == "torch"
    assert zoo.load_config(tmp_path / "run" / "config.yaml").engine == "torch"
    with pytest.raises(zoo.ArgumentError, match="engine should be 'auto' or 'mxnet' or 'torch'"):
        zoo.resume(tmp_path / "run", engine="tensorflow")
