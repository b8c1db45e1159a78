"""The address of a cluster: what is not one is told at once, and what runs there is told as what it is."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from zoo_core.common.errors import RunError, TrainingError
from zoo_core.common.interrupts import Ended

pytest.importorskip("ray")

from ray._private import services
from ray.exceptions import OutOfDiskError, RpcError

from zoo_core.cluster import connecting
from zoo_core.cluster.connecting import _ended_as, connected
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=str)
def test_a_signal_ends_a_command_while_ray_waits_as_elsewhere(number):
    """Ray makes an exit of its own of one that comes while it waits."""

    def usual(number, _):
        raise Ended(number)

    def waiting():
        try:
            signal.raise_signal(number)
        except SystemExit:
            raise SystemExit(1) from None

    with pytest.raises(Ended) as ended, _ended_as({number: usual}):
        waiting()
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) is usual
    signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize(("end", "said"), [("os._exit(1)", "the same command continues"), ("sys.exit(1)", "")])
def test_a_command_that_ray_ends_has_a_last_word(end, said):
    """Ray exits in C++ when the head is gone."""
    program = f"""
import os, sys
from zoo_core.cluster.last_word import with_last_word
with with_last_word():
    {end}
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert bool(said) == bool(done.stderr)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError("Broken pipe"), "the Ray of this machine, is gone .Broken pipe.; what is saved is kept"),
        (OutOfDiskError("an object"), "the object store of Ray, or the disk .* is full on a node: make room"),
        (RpcError("deadline"), "Ray fails: deadline; what is saved is kept"),
    ],
    ids=str,
)
def test_what_ray_throws_while_a_command_works_is_told_in_words(error, told, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setattr(connecting, "_connect", lambda *_: None)
    with pytest.raises(TrainingError, match=told), connected(ClusterPlace("127.0.0.1:1", insecure=True)):
        raise error


def test_the_cluster_of_this_machine_is_found_whatever_the_environment_says(monkeypatch):
    """`RAY_ADDRESS` may be that of a server of jobs; and of several clusters none is chosen by chance."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:8265")
    for there, told in (
        (set(), "'auto': Ray does not run on this machine; to start it: zoo cluster start"),
        ({"b:2", "a:1"}, "several clusters run on this machine; name the head of one: a:1, b:2"),
        ({"127.0.0.1:1"}, "Connection refused"),
    ):
        monkeypatch.setattr(services, "_find_address_from_flag", lambda _, there=there: there)
        with pytest.raises(RunError, match=told), connected(ClusterPlace("auto", insecure=True)):
            pass


def test_a_machine_that_is_none_of_the_cluster_is_told(monkeypatch):
    there = {"b": SimpleNamespace(node_id=b"b", node_manager_address="10.0.0.2")}
    head = SimpleNamespace(get_all_node_info=lambda **_: there)
    monkeypatch.setattr(connecting, "_SECONDS", 0)
    monkeypatch.setattr(services, "find_node_ids", lambda: {b"a".hex()})
    with pytest.raises(
        RuntimeError, match=r"not one of the cluster's, which are 10\.0\.0\.2: give the command on one of them"
    ):
        connecting._require_node_here(head)
    monkeypatch.setattr(services, "find_node_ids", lambda: {b"a".hex(), b"b".hex()})
    connecting._require_node_here(head)


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", bytes(range(128, 160))], ids=str)
def test_a_token_that_is_none_is_told(content, monkeypatch, tmp_path):
    """Ray would end the process over some of them."""
    (tmp_path / "token").write_bytes(content)
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(RunError, match="token: is not the token of a cluster"):
        ClusterPlace("127.0.0.1:1")


@pytest.mark.parametrize("place", ["", "~nobody-of-this-name/token", "folder", "token"])
def test_where_no_token_is_is_told(place, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "folder").mkdir()
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", place)
    with pytest.raises(RunError, match=r"there is no token of the cluster in .*(token|folder)"):
        ClusterPlace("127.0.0.1:1")
