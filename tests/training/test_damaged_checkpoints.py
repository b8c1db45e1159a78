"""A checkpoint whose parts are missing, wrong, or contradict each other or the configuration is refused by name."""

import json
import shutil

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import RunError, ZooError
from zoo_core.engines.params_file import read_params, write_params
from zoo_core.training import running

WEIGHT = "backbone.blocks.0.0.weight"


class StoppedError(Exception):
    """What the watcher of a training raises to stop it."""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, tiny):
    """Runs that were stopped in the second epoch, by the name of their optimiser."""
    folders = {}
    for optimizer, more in (("sgd", {"ema_decay": 0.9, "score_every": 1}), ("adam", {})):
        folders[optimizer] = tmp_path_factory.mktemp("runs") / optimizer

        def watch(step):
            if step.number == 6:
                raise StoppedError

        settings = tiny(optimizer=optimizer, checkpoints__every_steps=5, **more)
        with pytest.raises(StoppedError):
            zoo.train("tinyssd_shapes", folders[optimizer], settings, watch=watch)
    return folders


@pytest.fixture
def run(stopped, tmp_path):
    """Copies a run, and changes what is in its checkpoint: ``run("sgd", lambda arrays, state: ...)``."""

    def changed(optimizer, change):
        folder = shutil.copytree(stopped[optimizer], tmp_path / "run")
        path = max((folder / "checkpoints").iterdir())
        arrays = read_params(path)
        state = json.loads(arrays.pop("state").tobytes())
        text = change(arrays, state)
        if not isinstance(text, bytes):
            text = json.dumps(state).encode()
        write_params(path, {**arrays, "state": np.frombuffer(text, np.uint8)})
        return folder

    return changed


def put(*path_and_value):
    """A change of the state: the value at a path."""
    *path, last, value = path_and_value

    def change(_, state):
        for key in path:
            state = state[key]
        state[last] = value

    return change


def without(name):
    """A change: an array, or an entry of the state, is gone."""

    def change(arrays, state):
        del (arrays if name in arrays else state)[name]

    return change


def array(name, values):
    """A change: an array has other values."""
    return lambda arrays, _: arrays.update({name: values(arrays[name])})


def same(_arrays, _state):
    """No change."""


def test_what_is_not_changed_goes_on(run):
    prepared = running.resume(run("sgd", same))
    assert prepared.steps_done == 5
    assert prepared.changes == []


NAN = np.float32("nan")
FAULTS = [
    (without(f"optimizer.momentum.{WEIGHT}"), rf"optimizer\.momentum\.{WEIGHT} is missing"),
    (without(f"ema.{WEIGHT}"), rf"the running mean ema\.{WEIGHT} is missing"),
    (array(f"optimizer.momentum.{WEIGHT}", lambda each: each[:1]), r"has the shape \(1, 3, 3, 3\), not \(4, 3"),
    (array(WEIGHT, lambda each: each * NAN), rf"NaN or infinite numbers in {WEIGHT};"),
    (
        lambda arrays, _: arrays.update({"optimizer.momentum.x": arrays[WEIGHT]}),
        r"optimizer\.momentum\.x belongs to no",
    ),
    (put("step", 10**9), "its state says step 1000000000"),
    (put("step", 10**400), "its state says step 1000"),
    (without("step"), "its state says step null"),
    (put("loss_scale", [65536.0, 0]), r"precision is float32, but loss_scale is \[65536"),
    (put("optimizer", "name", "adam"), "the state of another optimiser, 'adam'; training.optimizer"),
    (without("optimizer"), "optimizer: is required, and was not given"),
    (without("ema_updates"), "no running mean of the weights; training.ema_decay has changed"),
    (put("first_losses", [float("nan")]), "first_losses.0: "),
    (put("log", "steps", "images", -1), "log.steps.images: "),
    (put("best", "score", float("inf")), "best.score: "),
    (put("config", []), "config: should be a table"),
    (without(WEIGHT), f"not in the file: {WEIGHT}"),
    (put("optimizer", "updates", 99), "step is 5, but optimizer.updates is 99"),
    (put("best", "step", 7), "step is 5, but best.step is 7"),
    (lambda *_: b"\xff", "its state is not JSON"),
]
"""One of each kind."""
MORE_FAULTS = [
    (array(f"ema.{WEIGHT}", lambda each: each[:1]), rf"the running mean ema\.{WEIGHT} has the shape \(1, 3, 3, 3\)"),
    (array(WEIGHT, lambda each: each[:1]), rf"{WEIGHT}: \(1, 3, 3, 3\) in the file"),
    (
        array(f"optimizer.momentum.{WEIGHT}", lambda each: np.full_like(each, np.inf)),
        rf"infinite numbers in optimizer\.momentum\.{WEIGHT}",
    ),
    (array(f"ema.{WEIGHT}", lambda each: each * NAN), rf"NaN or infinite numbers in ema\.{WEIGHT}"),
    (lambda arrays, _: arrays.update({"x": arrays[WEIGHT]}), "not in the network: x"),
    (put("step", -1), "its state says step -1"),
    (put("step", None), "its state says step null"),
    (put("precision", "float8"), "precision: should be 'float32', 'bfloat16' or 'float16'; given 'float8'"),
    (put("precision", "float16"), "precision is float16, but loss_scale is null"),
    (put("optimizer", "updates", 0), r"optimizer\.momentum\.\S+ belongs to no weight that is trained"),
    (put("optimizer", "updates", 1.5), "optimizer.updates: should be a whole number; given 1.5"),
    (put("optimizer", []), "optimizer: should be a table"),
    (put("ema_updates", 4), "step is 5, but ema_updates is 4"),
    (put("first_losses", [1.0]), "1 first loss after 5 batches"),
    (put("first_losses", [1.0, None]), "first_losses.1: should be a number; given null"),
    (without("log"), "log: is required, and was not given"),
    (put("log", "epoch", {}), "log.epoch.images: is required"),
    (put("best", "step", None), r"best.score is [\d.]+, but best.step is null"),
    (lambda *_: b"[1, 2]", r"its state should be a table; given \[1, 2\]"),
    (lambda *_: b"[" * 100_000, "its state is not JSON"),
    (lambda *_: b'{"format": ' + b"9" * 5000 + b"}", "its state is not JSON"),
]


@pytest.mark.parametrize(
    ("change", "message"), [*FAULTS, *(pytest.param(*each, marks=pytest.mark.slow) for each in MORE_FAULTS)]
)
def test_a_part_that_is_missing_or_wrong_is_named(run, change, message):
    folder = run("sgd", change)
    with pytest.raises(RunError, match=message) as told:
        running.resume(folder)
    assert str(told.value).startswith(str(folder))


def test_a_step_beyond_the_end_does_not_end_the_training_with_success(run, capsys):
    folder = run("sgd", lambda _, state: state.update(step=10**9, ema_updates=10**9))
    path = max((folder / "checkpoints").iterdir())
    path.rename(path.with_name("step-1000000000.params"))
    assert main(["train", str(folder), "--resume"]) == 2
    told = capsys.readouterr().err
    assert "1000000000 steps are done, but this training has 16: it is damaged, or there are fewer images or" in told
    assert not (folder / "metrics.json").exists()


@pytest.mark.parametrize("part", ["mean", "variance"])
def test_each_part_of_adam_is_missed(run, part):
    with pytest.raises(RunError, match=rf"optimizer\.{part}\.{WEIGHT} is missing"):
        running.resume(run("adam", without(f"optimizer.{part}.{WEIGHT}")))


@pytest.mark.parametrize(
    ("optimizer", "before", "after", "message"),
    [
        ("sgd", "momentum: 0.9", "momentum: 0.0", r"optimizer\.momentum\.\S+ belongs to no weight that is trained"),
        ("sgd", "ema_decay: 0.9", "ema_decay: null", "a running mean of the weights; training.ema_decay has changed"),
        ("adam", "ema_decay: null", "ema_decay: 0.9", "no running mean of the weights; training.ema_decay has changed"),
        ("sgd", "freeze: []", "freeze: [backbone]", r"optimizer\.momentum\.backbone\S+ belongs to no weight"),
        (
            "sgd",
            "epochs: 4",
            "epochs: 1",
            "5 steps are done, but this training has 4: it is damaged, or there are fewer",
        ),
    ],
)
def test_a_configuration_that_was_changed_so_that_the_checkpoint_does_not_fit_is_told(
    run, optimizer, before, after, message
):
    folder = run(optimizer, same)
    config = folder / "config.yaml"
    assert before in config.read_text()
    config.write_text(config.read_text().replace(before, after))
    with pytest.raises(ZooError, match=message):
        running.resume(folder)
