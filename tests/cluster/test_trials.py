"""What becomes of trials whose workers die, freeze, wait for room or will not do; their cluster is in this process."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from types import SimpleNamespace

import pytest

import zoo_core as zoo
from tests.tiny import TINY
from zoo_core.common.errors import RunError
from zoo_core.tuning.places import Ended, Job, Scored

pytest.importorskip("ray")

from ray.exceptions import RayError

from zoo_core.cluster import tuning


class Worker:
    """Of a trial: says what a test has it say, and answers with its place unless it is frozen or has no room."""

    def __init__(self, node):
        self.node, self.said, self.is_ended = node, deque(), False
        self.files = {"metrics.json": b"{}"}

    def __getattr__(self, method):
        return SimpleNamespace(remote=lambda *_: (method, self))


class Cluster:
    """A room for some trials; stands in for Ray and for `Placing`."""

    def __init__(self):
        self.nodes, self.free, self.workers, self.avoided = deque("aaaa"), 4, list[Worker](), []
        self.there, self.room = 4, tuning.Room(1, 1)

    def start(self, *_):
        self.workers.append(Worker(self.nodes.popleft()))
        return self.workers[-1]

    def avoid(self, node):
        self.avoided.append(node)

    @staticmethod
    def wait(references, **_):
        gives = {
            "event": lambda worker: worker.said,
            "answer": lambda worker: worker.node,
            "train": lambda worker: worker.files is not None,
        }
        ready = [each for each in references if gives[each[0]](each[1])]
        return ready, [each for each in references if each not in ready]

    @staticmethod
    def get(reference):
        method, worker = reference
        given = {
            "event": worker.said.popleft,
            "answer": lambda: (worker.node, 1),
            "train": lambda: worker.files,
        }
        found = given[method]()
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def cluster(monkeypatch):
    made = Cluster()
    monkeypatch.setattr(tuning, "ray", made)
    monkeypatch.setattr(tuning, "Placing", lambda _: made)
    monkeypatch.setattr(tuning, "end_worker", lambda worker, _: setattr(worker, "is_ended", True))
    monkeypatch.setattr(tuning, "_LOOK_EVERY", 0)
    return made


@pytest.fixture
def said():
    return []


@pytest.fixture
def trials(cluster, said, tmp_path):  # noqa: ARG001 -- it is in place of Ray
    """Two of them, which have not begun."""
    place = tuning.TrialWorkers(None, 1, said.append)
    for number in range(2):
        place.start(Job(number, zoo.load_config(TINY), tmp_path / str(number), Path("log")))
    return place


def begun(cluster, trials):
    for each in cluster.workers:
        each.said.append({"place": (each.node, 1)})
        assert trials.next(0) is None


def test_all_trials_on_a_node_that_freezes_are_lost_at_once(cluster, trials):
    begun(cluster, trials)
    for each in cluster.workers:
        each.node = None
    assert trials.next(0) == Ended(0, "lost")
    trials.stop()
    assert trials.next(0) == Ended(1, "lost")
    assert all(each.is_ended for each in cluster.workers)


def test_a_trial_that_waits_for_room_is_not_lost(cluster, trials, monkeypatch):
    """As long as another one has it; when nobody has, that is told."""
    monkeypatch.setattr(tuning, "_START", 0)
    first, second = cluster.workers
    second.node, cluster.free = None, 0
    first.said.append({"place": ("a", 1)})
    trials.next(0)
    for each in trials._running.values():
        each.until = 0
    assert trials.next(0) is None
    first.said.append({"epoch": 1, "score": 0.5})
    assert trials.next(0) == Scored(0, 1, 0.5)
    first.said.append({"how": "complete", "score": 0.5, "reason": ""})
    assert trials.next(0) == Ended(0, "complete", 0.5)
    with pytest.raises(RunError, match="there is no room for a trial with 1 CPU: nodes have gone or are busy"):
        trials.next(0)


def test_a_trial_that_does_not_begin_though_there_is_room_is_lost(cluster, trials):
    cluster.workers[1].node = None
    trials._running[1].until = 0
    assert trials.next(0) == Ended(1, "lost")


def test_a_node_that_joins_and_will_not_do_is_left_alone(cluster, trials, said, tmp_path):
    begun(cluster, trials)
    cluster.nodes.appendleft("b")
    trials.start(Job(2, zoo.load_config(TINY), tmp_path / "2", Path("log")))
    bad = cluster.workers[-1]
    bad.said.append({"differences": ["10.0.0.9: ray is 1, and 2 where the command was given"], "place": ("b", 1)})
    assert trials.next(0) is None
    assert cluster.avoided == ["b"]
    assert said == ["goes on without a node that will not do: 10.0.0.9: ray is 1, and 2 where the command was given"]
    assert bad.is_ended
    cluster.workers[-1].said.append({"how": "complete", "score": 0.5, "reason": ""})
    assert trials.next(0) == Ended(2, "complete", 0.5)
    assert (tmp_path / "2" / "metrics.json").read_bytes() == b"{}"


def test_a_node_that_will_not_do_is_told_before_work_starts(cluster, trials):
    cluster.workers[0].said.append({"differences": ["10.0.0.9: no data"], "place": ("a", 1)})
    with pytest.raises(RunError, match=r"nodes of the cluster will not do\n  10\.0\.0\.9: no data"):
        trials.next(0)


@pytest.mark.parametrize("files", [None, RayError("gone")], ids=["frozen", "dead"])
def test_a_trial_whose_files_do_not_come_is_lost(cluster, trials, files):
    begun(cluster, trials)
    worker = cluster.workers[0]
    worker.files = files
    worker.said.append({"how": "complete", "score": 0.5, "reason": ""})
    if files is None:  # it freezes when it has told its end
        worker.node = None
        trials._looked_at = float("inf")
    assert trials.next(0) == Ended(0, "lost")
