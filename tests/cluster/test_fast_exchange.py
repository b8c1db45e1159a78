"""With a fast exchange workers train what one process does but for rounding, whatever dies.

Two workers have but one order of adding, so that they are to end with its bits.
"""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

import zoo_core as zoo
from tests.cluster.conftest import (
    SETTINGS,
    assert_all_gone,
    digest,
    dying,
    train_while_it_dies,
    train_with_a_frozen_worker,
)
from zoo_core.engines.params_file import read_params

pytestmark = pytest.mark.slow

LOSS = {"engine": "torch", "loss": "ssd_multibox"}
FAST = {**LOSS, "training__exchange": "fast"}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A training in one process."""
    return zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("alone") / "run", {**SETTINGS, **LOSS}).folder


@pytest.mark.parametrize(
    ("method", "rank", "when"),
    [("contribute", 2, "before"), ("reduce", 2, "before"), ("reduce", 0, "before"), ("reduce", 0, "after")],
)
def test_a_worker_dies_while_it(cluster, train, alone, tmp_path, method, rank, when):
    """Before the others wait for it, while they do, and when they have its sums; rank 0 is where all met."""
    mark = tmp_path / "died"
    said = train_while_it_dies(train, dying(method, rank, when, mark), mark, **FAST)
    assert "1 worker lost; goes on with 2, 0 steps done again" in said
    assert digest(tmp_path / "run") == digest(alone)
    assert_all_gone(cluster)


def test_a_frozen_worker(cluster, train, alone, tmp_path):
    train_with_a_frozen_worker(cluster, train, **FAST)
    assert digest(tmp_path / "run") == digest(alone)
    assert_all_gone(cluster)


def test_four_workers_of_which_one_is_killed(cluster, train, tmp_path):
    command = train("--workers", "4", **FAST, training__learning_rate=0.002)
    command.until(4)
    os.kill(cluster.workers()[1], signal.SIGKILL)
    code, said = command.end()
    assert code == 0, said
    assert "1 worker lost; goes on with 4, 0 steps done again" in said
    expected = zoo.train(
        "tinyssd_shapes", tmp_path / "alone", {**SETTINGS, **LOSS, "training.learning_rate": 0.002}
    ).folder
    before = zoo.build("tinyssd_shapes", {**SETTINGS, **LOSS}).engine.arrays()
    found, wanted = (read_params(each / "weights.params") for each in (tmp_path / "run", expected))
    learnt, error = (
        np.sqrt(sum(np.sum((wanted[name] - each[name]) ** 2) for name in wanted)) for each in (before, found)
    )
    assert error < 0.05 * learnt  # a plain mean of workers would be off by a third
    assert_all_gone(cluster)
