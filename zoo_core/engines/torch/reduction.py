"""The sum of what several processes contribute: over gloo between processors, over NCCL between GPUs.

Nothing listens but on the address of the machine that the others know.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor

from zoo_core.common.messages import one_line
from zoo_core.prediction.engine import PeerLostError, Peers

__all__ = ["Reduction"]

_distributed: Any = torch.distributed
"""For which torch has not all types."""
_PATIENCE = timedelta(seconds=60)
"""In which peers have to meet, and to take part in a sum. The connection to one that dies breaks at once."""


class Reduction:
    """Adds vectors of several processes, so that each has the same sum.

    Args:
        peers: the processes; all of them make one of these now.
        device: on which the vectors are.

    Raises:
        PeerLostError: one does not come in time.
    """

    def __init__(self, peers: Peers, device: torch.device) -> None:
        try:
            self._store = _store(peers)
            self._group = _nccl(self._store, peers) if _has_nccl(device) else _gloo(self._store, peers)
        except RuntimeError as error:
            raise PeerLostError(one_line(str(error))) from None

    def add(self, vector: Tensor) -> None:
        """Replace a vector by the sum of those of all peers, which have one of the same length.

        Raises:
            PeerLostError: one is gone, or does not take part in time; the vector is then nothing that can be used.
        """
        try:
            self._group.allreduce([vector]).wait()
        except RuntimeError as error:
            raise PeerLostError(one_line(str(error))) from None


def _store(peers: Peers) -> Any:
    """Where peers tell each other their addresses."""
    # A store that opens its port itself would listen on all addresses of the machine.
    listener = peers.listener.detach() if peers.listener else None
    return _distributed.TCPStore(
        *peers.meeting,
        world_size=peers.size,
        is_master=listener is not None,
        timeout=_PATIENCE,
        wait_for_workers=False,
        master_listen_fd=listener,
    )


def _gloo(store: Any, peers: Peers) -> Any:
    gloo = _distributed.ProcessGroupGloo
    options = gloo._Options()  # noqa: SLF001 -- so torch names what its users may set
    options._devices, options._timeout = [gloo.create_device(hostname=peers.host)], _PATIENCE  # noqa: SLF001 -- likewise
    return gloo(store, peers.rank, peers.size, options)


def _has_nccl(device: torch.device) -> bool:
    return device.type == "cuda" and torch.distributed.is_nccl_available()


def _nccl(store: Any, peers: Peers) -> Any:
    # Without these a peer that is gone ends this process, too: at once, or when it has dumped what was going on.
    os.environ |= {
        "TORCH_NCCL_BLOCKING_WAIT": "1",
        "TORCH_NCCL_ASYNC_ERROR_HANDLING": "0",
        "TORCH_NCCL_DUMP_ON_TIMEOUT": "0",
    }
    nccl = _distributed.ProcessGroupNCCL
    options = nccl.Options()
    options._timeout = _PATIENCE  # noqa: SLF001 -- see above
    return nccl(store, peers.rank, peers.size, options)
