"""The address of a cluster: what is not one is told at once, and what runs there is told as what it is."""

from __future__ import annotations

import pytest

from zoo_core.common.errors import RunError

pytest.importorskip("ray")

from zoo_core.cluster.connecting import connected
from zoo_core.cluster.place import ClusterPlace


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:",
        ":6379",
        "127.0.0.1:port",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:63_79",
        "127.0.0.1:6379 ",
        "127.0.0.1:6379,127.0.0.2:6379",
        "ray://127.0.0.1:10001",
        "http://127.0.0.1:6379",
        "local",
        "AUTO",
    ],
)
def test_what_is_not_an_address_is_told(address):
    with pytest.raises(RunError, match=r"no cluster can be reached at .*should be HOST:PORT of its head, as 10"):
        ClusterPlace(address, insecure=True)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere.invalid:6379", "[::1]:1", f"{'a' * 70}.invalid:6379"])
def test_a_cluster_that_is_not_there_is_told_at_once(address, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # else it would stay so for the next test
    with (
        pytest.raises(RunError, match=r"no cluster can be reached at .*should be HOST:PORT"),
        connected(ClusterPlace(address, insecure=True)),
    ):
        pass
