"""What several processes contribute is added up, and one that is gone is told to the others."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from zoo_core.engines.torch import reduction
from zoo_core.engines.torch.reduction import Reduction
from zoo_core.prediction.engine import PeerLostError, Peers

CPU = torch.device("cpu")


def met(size, missing=0):
    """What so many processes make that find each other, each in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    peers = [
        Peers(rank, size, "127.0.0.1", listener.getsockname(), None if rank else listener)
        for rank in range(size - missing)
    ]
    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(lambda each: Reduction(each, CPU), peers))


def added(reductions):
    vectors = [torch.arange(5, dtype=torch.float32) + rank for rank, _ in enumerate(reductions)]
    with ThreadPoolExecutor(len(reductions)) as pool:
        list(pool.map(Reduction.add, reductions, vectors))
    return [each.tolist() for each in vectors]


def test_one_that_is_gone_is_told_at_once_and_the_others_meet_again():
    reductions = met(3)
    assert added(reductions) == [[3.0, 6.0, 9.0, 12.0, 15.0]] * 3
    del reductions[2]
    began = time.monotonic()
    with pytest.raises(PeerLostError, match="onnection"):
        added(reductions)
    assert time.monotonic() - began < 30
    assert added(met(2)) == [[1.0, 3.0, 5.0, 7.0, 9.0]] * 2


def test_one_that_does_not_come_is_not_awaited_for_ever(monkeypatch):
    monkeypatch.setattr(reduction, "_PATIENCE", timedelta(seconds=1))
    with pytest.raises(PeerLostError):
        met(2, missing=1)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="tells what listens")
def test_nothing_listens_on_other_addresses_than_the_one_that_is_given():
    before = listening()
    reductions = met(2)
    fresh = listening() - before
    assert len(fresh) == 3
    assert {address for address, _ in fresh} == {"0100007F"}
    del reductions


def listening():
    """Addresses on which this process listens, and their sockets."""
    own = {str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()}
    lines = [line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()]
    return {
        (fields[1].partition(":")[0], fields[9])
        for fields in lines
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in own
    }
