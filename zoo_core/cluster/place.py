"""The cluster on which a command works. Whoever has one may import Ray, which reads at that moment how secure it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zoo_core.cluster.security import choose_security
from zoo_core.common.errors import RunError

__all__ = ["ClusterPlace"]

_HEAD = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+):([0-9]{1,5})")
_LAST_PORT = 65535


@dataclass(frozen=True)
class ClusterPlace:
    """A cluster, and how much of it is used; with it is decided whether Ray works with a token.

    Attributes:
        address: of its head, as HOST:PORT; ``auto`` for the one that runs on this machine.
        insecure: whether it asks for no token.
        limits: the fewest and the most workers; None where nothing was said.
        threads: of each; None likewise.

    Raises:
        RunError: it is not an address, or there is no token.
    """

    address: str
    insecure: bool = False
    limits: tuple[int, int] | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        found = _HEAD.fullmatch(self.address)
        if self.address != "auto" and not (found and 0 < int(found[1]) <= _LAST_PORT):
            raise RunError(
                f"no cluster can be reached at {self.address!r}: it should be HOST:PORT of its head, as 10.0.0.1:6379, "
                "or auto"
            )
        choose_security(self.insecure)
