"""No worker starts on a node that will not do; Ray itself is asked, whose selectors read spaces as part of a name."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from zoo_core.cluster.place import ClusterPlace
place = ClusterPlace(sys.argv[1])
import ray
from zoo_core.cluster.connecting import connected
from zoo_core.cluster.placing import Placing
from zoo_core.cluster.room import Room
from zoo_core.cluster.shards import ShardWorker

def answered(seconds):
    worker = placing.start(ShardWorker, ["answering"], [b""])
    ready, _ = ray.wait([worker.answer.remote()], timeout=seconds)
    found = [ray.get(each)[0] for each in ready]
    ray.kill(worker)
    return found

with connected(place):
    placing, [node] = Placing(Room(1, 1)), ray.nodes()
    for each in "0", "f":
        placing.avoid(each * 56)
    assert (placing.there, answered(300)) == (8, [node["NodeID"]])
    placing.avoid(node["NodeID"])
    assert (placing.there, placing.free, answered(10)) == (0, 0, [])
"""


@pytest.mark.slow
def test_workers_start_elsewhere_alone(cluster):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, cluster.address], env=cluster.shell, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
