"""The cluster on which a command works. Whoever has one may import Ray, which reads at that moment how secure it is."""

from __future__ import annotations

from dataclasses import dataclass

from zoo_core.cluster.security import choose_security

__all__ = ["ClusterPlace"]


@dataclass(frozen=True)
class ClusterPlace:
    """A cluster, and how much of it is used; with it is decided whether Ray works with a token.

    Attributes:
        address: of its head, as HOST:PORT; ``auto`` for the one that runs on this machine.
        insecure: whether it asks for no token.
        limits: the fewest and the most workers; None where nothing was said.
        threads: of each; None likewise.

    Raises:
        RunError: there is no token.
    """

    address: str
    insecure: bool = False
    limits: tuple[int, int] | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        choose_security(self.insecure)
