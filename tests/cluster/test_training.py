"""Workers train what one process does, to the last bit, whatever dies.

All of it is slow, as each worker has to import MXNet: the quick run has `test_workers_in_one_process.py`, and a cluster
that runs in `test_predicting.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal

import pytest

import zoo_core as zoo
from tests.cluster.conftest import SETTINGS, assert_all_gone, digest, train_with_a_frozen_worker

WITH_ADAM = {"training.optimizer": "adam", "training.ema_decay": 0.9, "loss": "ssd_multibox"}
STANDARD = {name.replace(".", "__"): value for name, value in WITH_ADAM.items()}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The digest of a training in one process."""
    run = zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("alone") / "run", {**SETTINGS, **WITH_ADAM})
    return digest(run.folder)


@pytest.mark.slow
def test_two_workers_of_which_one_is_killed(cluster, train, alone, tmp_path):
    """No step is done again, for the other goes on from where it is; nothing is left behind; one logger was told."""
    command = train("--workers", "2", training__loggers="[tensorboard]", **STANDARD)
    command.until(4)
    workers = cluster.workers()
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    code, said = command.end()
    assert code == 0, said
    assert "1 worker lost; goes on with 2, 0 steps done again" in said
    assert digest(tmp_path / "run") == alone
    assert len(list((tmp_path / "run" / "tensorboard").iterdir())) == 1
    assert_all_gone(cluster)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "4", "1:4"])
def test_any_number_of_workers(train, alone, tmp_path, workers):
    code, said = train("--workers", workers, **STANDARD).end()
    assert code == 0, said
    assert re.search("images with MXNet on [14] worker", said)
    assert digest(tmp_path / "run") == alone


@pytest.mark.slow
def test_an_exchange_in_two_levels(train, alone, tmp_path):
    """As more than 16 workers have it."""
    first = 'os.environ["RAY_AUTH_MODE"] = "token"; from zoo_core.cluster import exchange; exchange.DIRECT = 2'
    code, said = train("--workers", "4", first=first, **STANDARD).end()
    assert code == 0, said
    assert digest(tmp_path / "run") == alone


@pytest.mark.slow
def test_all_workers_killed(cluster, train, alone, tmp_path):
    """The steps since the last checkpoint, after the third one, are done again."""
    command = train("--workers", "2", **STANDARD)
    command.until(5)
    for each in cluster.workers():
        os.kill(each, signal.SIGKILL)
    code, said = command.end()
    assert code == 0, said
    assert "2 workers lost; goes on with 2, 1 step done again" in said
    assert digest(tmp_path / "run") == alone


@pytest.mark.slow
def test_a_frozen_worker(cluster, train, alone, tmp_path):
    """It is noticed within 40 seconds, on a machine that is not busy, and ended."""
    train_with_a_frozen_worker(cluster, train, **STANDARD)
    assert digest(tmp_path / "run") == alone


@pytest.mark.slow
def test_the_command_killed_and_resumed(cluster, train, alone, tmp_path):
    command = train("--workers", "2", **STANDARD)
    command.until(7)
    command.process.kill()
    command.process.wait()
    assert_all_gone(cluster)
    code, said = train(str(tmp_path / "run"), "--resume", "--workers", "4").end()
    assert code == 0, said
    assert digest(tmp_path / "run") == alone


@pytest.mark.slow
def test_ctrl_c_and_resumed_in_one_process(cluster, train, alone, tmp_path):
    command = train("--workers", "2", **STANDARD)
    command.until(4)
    command.process.send_signal(signal.SIGINT)
    code, said = command.end()
    assert code == 130, said
    assert "everything is saved up to step 4" in said
    assert_all_gone(cluster)
    code, said = train(str(tmp_path / "run"), "--resume", "alone").end()
    assert code == 0, said
    assert digest(tmp_path / "run") == alone


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"engine": "torch"}, {"training.accumulate": 2}, {"training.parts": 1}], ids=str)
def test_other_settings(train, tmp_path, settings):
    alone = zoo.train("tinyssd_shapes", tmp_path / "alone", {**SETTINGS, **settings})
    workers = "1" if "training.parts" in settings else "2"
    code, said = train("--workers", workers, **{name.replace(".", "__"): each for name, each in settings.items()}).end()
    assert code == 0, said
    assert digest(tmp_path / "run") == digest(alone.folder)
    shutil.rmtree(tmp_path / "run")
