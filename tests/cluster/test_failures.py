"""Machines die, freeze and join, processes die at the worst moment: each ends with the bits of one process."""

from __future__ import annotations

import json
import time

import pytest

import zoo_core as zoo
from tests.cluster.conftest import (
    SETTINGS,
    assert_all_gone,
    digest,
    dying,
    merged,
    train_while_it_dies,
    write_pictures,
)

WITH_ADAM = {"training.optimizer": "adam", "training.ema_decay": 0.9, "loss": "ssd_multibox"}
STANDARD = {name.replace(".", "__"): value for name, value in WITH_ADAM.items()}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The digest of a training in one process."""
    run = zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("alone") / "run", {**SETTINGS, **WITH_ADAM})
    return digest(run.folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "rank", "when"),
    [
        ("added", 2, "before"),
        ("take", 0, "before"),
        ("take", 0, "after"),
        ("step", 0, "before"),
        ("step", 0, "after"),
        ("snapshot", 0, "after"),
    ],
)
def test_a_worker_dies_while_it(cluster, train, alone, tmp_path, method, rank, when):
    """The reducer of a piece, and rank 0 before and after each thing that it does."""
    mark = tmp_path / "died"
    said = train_while_it_dies(train, dying(method, rank, when, mark), mark, **STANDARD)
    assert "lost; goes on with 2, 0 steps done again" in said
    assert digest(tmp_path / "run") == alone
    assert_all_gone(cluster)


def await_nodes(cluster, command, count):
    """Until all of them have joined."""
    for _ in range(60):
        said = command("doctor", "--cluster", cluster.address, on=cluster).end()[1]
        if said.count("CPUs, ") + said.count("CPU, ") == count:
            return
        time.sleep(1)
    raise AssertionError(said)


@pytest.fixture
def on_two_nodes(empty_cluster, train, command):
    """Begins a training on two nodes with so many CPUs each, and lets it make four steps; it and the nodes."""

    def begin(cpus, workers, **settings):
        nodes = [empty_cluster.add_node(cpus=cpus) for _ in range(2)]
        await_nodes(empty_cluster, command, 3)
        begun = train("--workers", workers, on=empty_cluster, **STANDARD, **settings)
        begun.until(4)
        return begun, nodes

    return begin


@pytest.mark.slow
def test_a_node_dies_and_there_is_a_spare(empty_cluster, on_two_nodes, alone, tmp_path):
    begun, nodes = on_two_nodes(2, "2")
    victim = next(each for each in nodes if empty_cluster.workers(each))
    lost = len(empty_cluster.workers(victim))
    empty_cluster.end(victim)
    code, said = begun.end()
    assert code == 0, said
    assert f"{lost} worker" in said
    assert "lost; goes on with 2" in said
    assert digest(tmp_path / "run") == alone
    assert_all_gone(empty_cluster)


@pytest.mark.slow
def test_a_node_freezes(empty_cluster, on_two_nodes, alone, tmp_path):
    """No connection breaks: its workers are missed within 40 seconds, and Ray gives up its objects after a minute."""
    begun, nodes = on_two_nodes(2, "2")
    empty_cluster.freeze(next(each for each in nodes if empty_cluster.workers(each)))
    code, said = begun.end()
    assert code == 0, said
    assert "lost; goes on with 2, 0 steps done again" in said
    assert digest(tmp_path / "run") == alone


@pytest.mark.slow
def test_a_node_dies_without_a_spare_and_another_joins(empty_cluster, on_two_nodes, command, tmp_path):
    """Training goes on with one worker, and with two again after the next checkpoint."""
    begun, nodes = on_two_nodes(1, "1:2", training__epochs=15)
    empty_cluster.end(nodes[0])
    begun.go_on()
    begun.until(7)
    empty_cluster.add_node(cpus=1)
    await_nodes(empty_cluster, command, 3)
    code, said = begun.end()
    assert code == 0, said
    assert "1 worker lost; goes on with 1, 0 steps done again" in said
    assert "goes on with 2 workers" in said
    run = zoo.train("tinyssd_shapes", tmp_path / "alone", {**SETTINGS, **WITH_ADAM, "training.epochs": 15})
    assert digest(tmp_path / "run") == digest(run.folder)
    assert_all_gone(empty_cluster)


@pytest.mark.slow
def test_too_little_room_is_told_and_training_resumed(empty_cluster, on_two_nodes, train, alone, tmp_path):
    begun, nodes = on_two_nodes(1, "2")
    empty_cluster.end(nodes[0])
    code, said = begun.end()
    assert code == 1, said
    assert "there is no room for 2 workers" in said
    assert_all_gone(empty_cluster)
    code, said = train(str(tmp_path / "run"), "--resume", "--workers", "1", on=empty_cluster).end()
    assert code == 0, said
    assert digest(tmp_path / "run") == alone


@pytest.mark.slow
def test_nodes_die_and_join_while_pictures_are_looked_at(empty_cluster, command, model, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_pictures(folder, 200)
    first = empty_cluster.add_node(cpus=1)
    await_nodes(empty_cluster, command, 2)
    begun = command(
        "predict", model, "pictures", "--cluster", empty_cluster.address, "--out", "found", on=empty_cluster
    )
    begun.until(64)
    empty_cluster.add_node(cpus=1)
    await_nodes(empty_cluster, command, 3)
    begun.go_on()
    begun.until(96)
    empty_cluster.end(first)
    code, said = begun.end()
    assert code == 0, said
    found = [each.above(0.5).to_dict() for each in zoo.load(model, threads=1).predict(str(folder))]
    lines = [json.loads(line) for line in merged(tmp_path / "found").splitlines()]
    assert [each["objects"] for each in lines] == [each["objects"] for each in found]
    assert_all_gone(empty_cluster)


@pytest.mark.slow
def test_the_head_dies_while_pictures_are_looked_at(cluster, empty_cluster, command, model, tmp_path):
    """Ray ends the command without a word; what is done is kept, for another cluster to go on from."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_pictures(folder, 70)
    empty_cluster.add_node(cpus=1)
    given = ("predict", model, "pictures", "--out", "found", "--score", "0.1", "--cluster")
    begun = command(*given, empty_cluster.address, on=empty_cluster)
    begun.until(32)
    empty_cluster.end(empty_cluster.nodes[0])
    code, said = begun.end()
    assert code != 0
    assert "the Ray of this machine, is gone" in said
    assert "the same command continues" in said
    code, said = command(*given, cluster.address).end()
    assert said.startswith("step 32\n"), said
    assert code == 0
    found = [each.above(0.1).to_dict() for each in zoo.load(model, threads=1).predict(str(folder))]
    lines = [json.loads(line) for line in merged(tmp_path / "found").splitlines()]
    assert [each["objects"] for each in lines] == [each["objects"] for each in found]


@pytest.mark.slow
def test_a_node_freezes_while_pictures_are_looked_at(empty_cluster, command, model, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_pictures(folder, 200)
    nodes = [empty_cluster.add_node(cpus=1) for _ in range(2)]
    await_nodes(empty_cluster, command, 3)
    given = ("--cluster", empty_cluster.address, "--workers", "1:2", "--out", "found", "--score", "0.1")
    begun = command("predict", model, "pictures", *given, on=empty_cluster)
    begun.until(64)
    empty_cluster.freeze(nodes[0])
    code, said = begun.end()
    assert code == 0, said
    assert "1 worker lost; goes on with 1" in said
    found = [each.above(0.1).to_dict() for each in zoo.load(model, threads=1).predict(str(folder))]
    lines = [json.loads(line) for line in merged(tmp_path / "found").splitlines()]
    assert [each["objects"] for each in lines] == [each["objects"] for each in found]
