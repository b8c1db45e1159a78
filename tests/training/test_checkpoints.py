"""Checkpoints are whole or not there, and as many as were asked for."""

import numpy as np
import pytest

from zoo_core.common.errors import RunError
from zoo_core.engines.params_file import read_params, write_params
from zoo_core.training.checkpoints import Checkpoint, Checkpoints


def moment(step, **state):
    return Checkpoint({"weight": np.full((2, 3), step, np.float32)}, {"step": step, **state})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_was_written_is_read(tmp_path):
    state = {"nothing": None, "numbers": [1, 2.5], "table": {"text": "ä"}}
    moment(7, **state).write(tmp_path / "a.params")
    read = Checkpoint.read(tmp_path / "a.params")
    assert read.step == 7
    assert {key: read.state[key] for key in state} == state
    np.testing.assert_array_equal(read.arrays["weight"], np.full((2, 3), 7, np.float32))
    assert list(read.arrays) == ["weight"]


def test_the_last_ones_and_the_best_are_kept(tmp_path):
    kept = Checkpoints(tmp_path, keep=2)
    for step in (1, 2, 9, 10, 100):
        kept.add(moment(step), best=2 if step >= 2 else None)
    assert names(tmp_path) == ["step-00000002.params", "step-00000010.params", "step-00000100.params"]
    assert kept.last().step == kept.last_step == 100


def test_a_file_of_another_name_is_no_checkpoint(tmp_path):
    others = ["step-by-step.params", "step-².params", "step-٣.params", "step-1_0.params", "step--1.params"]
    for other in others:
        (tmp_path / other).touch()
    kept = Checkpoints(tmp_path, keep=1)
    for step in (1, 2):
        kept.add(moment(step))
    assert names(tmp_path) == sorted(["step-00000002.params", *others])
    assert kept.last_step == 2


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (b"{", "its state is not JSON"),
        (b'{"format": 2, "step": 1}', "a checkpoint of format 2, but this zoo reads 1"),
    ],
)
def test_a_strange_checkpoint_is_told(tmp_path, state, message):
    write_params(tmp_path / "a.params", {"state": np.frombuffer(state, np.uint8)})
    with pytest.raises(RunError, match=message):
        Checkpoint.read(tmp_path / "a.params")


def test_nothing_in_it_can_be_run(tmp_path):
    moment(1).write(tmp_path / "a.params")
    assert {array.dtype.kind for array in read_params(tmp_path / "a.params").values()} == {"f", "u"}


def test_what_has_changed_since_is_told():
    before = moment(1, config={"a": {"b": 1, "c": [2]}}, versions={"numpy": "1"})
    assert before.changes({"config": {"a": {"b": 1, "c": [2]}}, "versions": {"numpy": "1"}}) == []
    assert before.changes({"config": {"a": {"b": 3, "c": [2]}, "d": None}, "versions": {"numpy": "2"}}) == [
        "config: a.b was 1 when the checkpoint was made, but is 3 now",
        'versions: numpy was "1" when the checkpoint was made, but is "2" now',
    ]
