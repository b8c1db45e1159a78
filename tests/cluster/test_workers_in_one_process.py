"""Workers train what one process does, whatever dies; here without Ray, whose start takes longer than all of this.

What only processes and nodes show (a frozen one, Ctrl-C, a token, a full disk) is in the slow tests beside this.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ray.exceptions import OutOfMemoryError

import zoo_core as zoo
from tests.cluster.conftest import SETTINGS, digest
from tests.cluster.ray_here import Killed, RayHere
from tests.tiny import SMALL_SHAPES
from zoo_core.cluster import network_copy, training
from zoo_core.cluster.training_worker import TrainingWorker
from zoo_core.cluster.worker import RefusedError, why_lost
from zoo_core.common.messages import counted
from zoo_core.engines.torch import opening
from zoo_core.training import running

STANDARD = {
    **SETTINGS,
    "training.epochs": 2,
    "training.parts": 2,
    "training.optimizer": "adam",
    "training.ema_decay": 0.9,
}
"""Four steps, and a checkpoint after the third."""


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The digest of a training in one process."""
    return digest(zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("alone") / "run", STANDARD).folder)


@pytest.fixture
def cluster(monkeypatch):
    """One with room for two workers."""
    here = RayHere(cpus=2)
    here.stand_in(monkeypatch)
    return here


@pytest.fixture
def trained(cluster, tmp_path):
    """Trains on workers; the digest, and what was said."""

    def train(fewest=2):
        said = []
        with training.on_workers((fewest, 2), 1, said.append) as make_loop:
            running.begin(zoo.load_config("tinyssd_shapes", STANDARD), tmp_path / "run", make_loop=make_loop)()
        assert not any(each.alive for each in cluster.actors)
        return digest(tmp_path / "run"), said

    return train


@pytest.fixture
def dies(monkeypatch):
    """Has workers die, each once: those that have these parts first, in a method, when so many steps are made."""

    def at(method, steps, parts, when="before"):
        do, dead = getattr(TrainingWorker, method), set()

        def done(self, *given):
            part = self._parts.start
            mortal = self._steps == steps and part in parts and part not in dead
            if mortal:
                dead.add(part)
            if mortal and when == "before":
                raise Killed
            result = do(self, *given)
            if mortal:
                raise Killed
            return result

        monkeypatch.setattr(TrainingWorker, method, done)

    return at


@pytest.mark.parametrize(
    ("method", "steps", "parts", "when", "again"),
    [
        ("contribution", 1, [1], "before", 0),
        pytest.param("take", 2, [0], "after", 0, marks=pytest.mark.slow),
        pytest.param("contribution", 1, [0, 1], "after", 1, marks=pytest.mark.slow),
    ],
)
def test_workers_die_while_they(trained, dies, alone, method, steps, parts, when, again):
    """No step is done again while another lives; if none does, those since the last one that the command knows are."""
    dies(method, steps, parts, when)
    found, [said] = trained()
    lost, repeated = counted(len(parts), "worker"), counted(again, "step")
    assert said == f"{lost} lost; goes on with 2, {repeated} done again"
    assert found == alone


@pytest.mark.slow
def test_the_last_that_knows_the_weights_dies_when_they_are_fetched(cluster, trained, dies, alone, monkeypatch):
    """And the one that was to go on from them, which knows nothing yet, is not taken for one that does."""
    dies("contribution", 3, [1])
    snapshot = TrainingWorker.snapshot

    def dying(self):
        if [each.alive for each in cluster.actors] == [True, False]:
            raise Killed
        return snapshot(self)

    monkeypatch.setattr(TrainingWorker, "snapshot", dying)
    assert trained() == (alone, ["2 workers lost; goes on with 2, 0 steps done again"])


@pytest.fixture
def widens(cluster, monkeypatch):
    """Room for one more worker comes with the first step."""
    step = TrainingWorker.step
    cluster.cpus["a"] = 1

    def widening(self, *given):
        cluster.cpus["b"] = 1
        step(self, *given)

    monkeypatch.setattr(TrainingWorker, "step", widening)


@pytest.mark.slow
@pytest.mark.usefixtures("widens")
def test_a_worker_more_when_there_is_room(trained, alone):
    assert trained(fewest=1) == (alone, ["goes on with 2 workers"])


@pytest.mark.usefixtures("widens")
def test_a_node_that_joins_and_will_not_do_is_left_alone(cluster, trained, alone, monkeypatch):
    refuses(cluster, monkeypatch, "b")
    assert trained(fewest=1) == (alone, [UNFIT])


UNFIT = "goes on without a node that will not do: 10.0.0.9: data.root: there is no such folder"


def refuses(cluster, monkeypatch, node):
    """Data is not on a node."""
    prepare = TrainingWorker.prepare

    def refusing(self):
        if cluster.actors[-1].node == node:
            raise RefusedError("10.0.0.9: data.root: there is no such folder")
        return prepare(self)

    monkeypatch.setattr(TrainingWorker, "prepare", refusing)


def test_who_is_lost_is_not_replaced_on_a_node_that_has_joined_and_will_not_do(
    cluster, trained, dies, alone, monkeypatch
):
    """Though it has the most room."""
    dies("step", 1, [1])
    refuses(cluster, monkeypatch, "b")
    step = TrainingWorker.step

    def joining(self, *given):
        cluster.cpus["b"] = 8
        step(self, *given)

    monkeypatch.setattr(TrainingWorker, "step", joining)
    assert trained() == (alone, [UNFIT, "1 worker lost; goes on with 2, 0 steps done again"])
    assert [each.node for each in cluster.actors] == ["a", "a", "b", "a"]


@pytest.mark.usefixtures("cluster")
def test_where_mxnet_is_not_installed_workers_are_given_the_network(tmp_path, monkeypatch):
    """In a training from the weights of a run, and in one that goes on."""
    for each in (opening, network_copy):
        monkeypatch.setattr(each, "has_mxnet", lambda: False)
    source = Path(__file__).parents[1] / "light" / "trained"
    here = {"engine": "torch", "weights.source": str(source), "data.train_images": 16}
    trains = {name: value for name, value in STANDARD.items() if name not in SMALL_SHAPES}
    config = zoo.load_config(source / "config.yaml", {**trains, **here})

    def stop(step):
        if step.number == 3:
            raise KeyboardInterrupt

    alone = digest(zoo.train(config, tmp_path / "alone").folder)
    with pytest.raises(KeyboardInterrupt):
        zoo.train(config, tmp_path / "stopped", watch=stop)
    with training.on_workers((2, 2), 1, pytest.fail) as make_loop:
        running.begin(config, tmp_path / "run", make_loop=make_loop)()
    with training.on_workers((2, 2), 1, pytest.fail) as make_loop:
        running.resume(tmp_path / "stopped", make_loop=make_loop)()
    assert [digest(tmp_path / each) for each in ("run", "stopped")] == [alone, alone]


def test_why_a_worker_was_lost_is_said_in_a_line():
    said = "Task was killed due to the node running low on memory.\nIt was 23GB / 24GB\nRefer to the manual"
    assert why_lost(OutOfMemoryError(said)) == "memory ran low on its node"
    assert why_lost(RuntimeError("The actor died\n\tpid: 7\nits process was ended\n")) == "its process was ended"
