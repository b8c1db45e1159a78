"""``zoo doctor --cluster`` on machines that run."""

from __future__ import annotations

import json

import pytest

from zoo_core.common.versions import core_version


@pytest.mark.slow
def test_each_machine_is_told(cluster, command):
    code, said = command("doctor", "--cluster", cluster.address, "--json").end()
    assert code == 0, said
    [found] = json.loads(said)
    assert (found["name"], found["ok"]) == (cluster.address.partition(":")[0], True)
    assert "8 CPUs" in found["found"]
    assert f"zoo-core {core_version()}" in found["found"]
