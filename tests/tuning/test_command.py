"""`zoo tune` as it is called: real trainings, kills and signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import zoo_core as zoo
from tests.tiny import SMALL_SHAPES
from zoo_core.cli import main
from zoo_core.training.checkpoints import Checkpoints

pytest.importorskip("optuna")
SETTINGS = {
    **SMALL_SHAPES,
    "training.epochs": 3,
    "training.batch_size": 4,
    "training.score_every": 1,
    "training.warmup_steps": 0,
    "training.checkpoints.every_steps": 1,
    "device": "cpu",
    "search.training.learning_rate": "{log: [1e-3, 1e-1]}",
    "search.loss": "{choice: [multibox, ssd_multibox]}",
}
ZOO = "import sys; from zoo_core.cli import main; sys.exit(main())"


def arguments(*given, **changed):
    pairs = {**SETTINGS, **changed}
    return ["tune", "tinyssd_shapes", *map(str, given), *(f"--set={name}={value}" for name, value in pairs.items())]


def told(folder):
    trials = json.loads((folder / "results.json").read_text())["trials"]
    return [(each["number"], each["values"], each["outcome"], each["map_voc07"], each["scores"]) for each in trials]


@pytest.fixture
def begun(tmp_path):
    """Begins ``zoo ARGUMENTS``; what it says goes to the file ``log``."""
    started = []

    def begin(*given):
        with (tmp_path / "log").open("w") as log:
            started.append(subprocess.Popen([sys.executable, "-c", ZOO, *map(str, given)], stderr=log, stdout=log))
        return started[-1]

    yield begin
    for each in started:
        each.kill()
        each.wait()


def await_file(path: Path, process) -> None:
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.05)


def test_bad_input_is_told(tmp_path, capsys):
    for given, message in (
        (["tune", "tinyssd_shapes", "--out", str(tmp_path / "x")], "search: is empty: say what is to be tried"),
        (arguments("--out", tmp_path / "x", "--trials", "0"), "--trials"),
        (arguments("--threads", "2"), "--threads: only with --cluster ADDRESS"),
        (["tune", str(tmp_path), "--resume", "--seed", "1"], "--seed and --prune cannot be used with --resume"),
        (["tune", str(tmp_path), "--resume", "--set", "nms.iou=1"], "only data.root, engine, device can be set"),
        (["tune", str(tmp_path), "--resume"], "config.yaml not found: this is not a study of zoo tune"),
        (arguments("--set", "search.training.lr={log: [1, 2]}"), "search.training.lr: unknown setting"),
        (arguments("--out", tmp_path / "x", **{"data": "voc", "data.root": "nowhere"}), "nowhere"),
    ):
        assert main(given) == 2, given
        assert message in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
def test_a_study_that_is_killed_goes_on_and_ends_as_one_that_was_not(tmp_path, begun):
    assert main(arguments("--out", tmp_path / "straight", "--trials", "3")) == 0
    process = begun(*arguments("--out", tmp_path / "killed", "--trials", "3"))
    await_file(tmp_path / "killed" / "trials" / "0001" / "checkpoints", process)
    process.kill()
    process.wait()
    assert main(["tune", str(tmp_path / "killed"), "--resume"]) == 0
    assert told(tmp_path / "killed") == told(tmp_path / "straight")
    best = (tmp_path / "killed" / "best.yaml").read_text()
    assert best == (tmp_path / "straight" / "best.yaml").read_text()
    # What was found is what the configuration trains to.
    results = json.loads((tmp_path / "killed" / "results.json").read_text())
    again = zoo.train(tmp_path / "killed" / "best.yaml", tmp_path / "again")
    score = json.loads(again.metrics.read_text())["map_voc07"]
    assert score == results["trials"][results["best"]]["map_voc07"]
    assert main(["tune", str(tmp_path / "killed"), "--resume"]) == 2


@pytest.mark.slow
def test_ctrl_c_leaves_a_checkpoint_from_which_the_trial_goes_on(tmp_path, begun):
    log = tmp_path / "log"
    process = begun(*arguments("--out", tmp_path / "study", "--trials", "1", **{"training.epochs": 400}))
    await_file(tmp_path / "study" / "trials" / "0000" / "checkpoints", process)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 130, log.read_text()
    assert f"stopped; continue with: zoo tune {tmp_path / 'study'} --resume" in log.read_text()
    before = Checkpoints(tmp_path / "study" / "trials" / "0000" / "checkpoints").last().state["step"]
    process = begun("tune", tmp_path / "study", "--resume")
    wait_for_step(tmp_path / "study" / "trials" / "0000" / "metrics.jsonl", before)
    process.terminate()
    assert process.wait(120) == 143, log.read_text()
    assert Checkpoints(tmp_path / "study" / "trials" / "0000" / "checkpoints").last().state["step"] > before


def wait_for_step(log, number):
    for _ in range(1000):
        if any(json.loads(line)["step"] > number for line in log.read_text().splitlines() if line.endswith("}")):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.mark.slow
def test_a_trial_whose_process_dies_is_recorded_and_others_go_on(tmp_path, begun):
    log = tmp_path / "log"
    process = begun(*arguments("--out", tmp_path / "study", "--trials", "2", "--no-prune"))
    await_file(tmp_path / "study" / "trials" / "0000" / "checkpoints", process)
    (worker,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(worker), signal.SIGKILL)
    assert process.wait(300) == 0, log.read_text()
    first, second = json.loads((tmp_path / "study" / "results.json").read_text())["trials"]
    assert first["outcome"] == "failed"
    assert first["reason"] == "its process was ended by SIGKILL: perhaps the memory was not enough"
    assert second["outcome"] == "complete"


@pytest.mark.slow
def test_python_tunes_on_pytorch_two_at_a_time(tmp_path):
    seen = []
    settings = {**SETTINGS, "engine": "torch"}
    pairs = [f"{name}={value}" for name, value in settings.items()]
    results = zoo.tune("tinyssd_shapes", tmp_path / "study", pairs, trials=3, parallel=2, watch=seen.append)
    assert sorted(each.number for each in seen) == [0, 1, 2]
    assert results.best.score == max(each.score for each in results.trials if each.outcome == "complete")
    assert zoo.load(results.best.folder).class_names == ("circle", "square", "triangle")
    assert len(zoo.resume_tuning(tmp_path / "study", trials=4).trials) == 4
