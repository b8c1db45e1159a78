"""The cluster that commands work on, as their options say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import typer

from zoo_core.cli.output import print_line
from zoo_core.cluster.security import choose_security

__all__ = ["ClusterPlace", "say"]


@dataclass(frozen=True)
class ClusterPlace:
    """A cluster, and how much of it is used.

    Attributes:
        address: of its head.
        limits: the fewest and the most workers; None where nothing was said.
        threads: of each; None likewise.
        insecure: whether it asks for no token.
    """

    address: str
    limits: tuple[int, int] | None
    threads: int | None
    insecure: bool

    @classmethod
    def of(
        cls,
        address: str | None,
        workers: str | None,
        threads: int | None,
        insecure: bool,
        *,
        powers_of_two: bool = False,
    ) -> Self | None:
        """What the options say; None without --cluster.

        Raises:
            BadParameter: there are others of them without it, or they cannot be meant.
            RunError: there is no token.
        """
        if address is None:
            if workers or insecure:
                raise typer.BadParameter("--workers and --insecure belong to --cluster ADDRESS")
            return None
        place = cls(address, _limits(workers, powers_of_two) if workers else None, threads, insecure)
        choose_security(insecure)
        return place


def say(message: str) -> None:
    """Tell what happens to workers."""
    print_line(f"zoo: {message}", error=True)


def _limits(workers: str, powers_of_two: bool) -> tuple[int, int]:
    """The fewest and the most workers."""
    fewest, _, most = workers.partition(":")
    try:
        numbers = int(fewest), int(most or fewest)
    except ValueError:
        numbers = (0, 0)
    if not 0 < numbers[0] <= numbers[1] or (powers_of_two and any(each & (each - 1) for each in numbers)):
        what = "power of two" if powers_of_two else "number"
        raise typer.BadParameter(f"--workers should be a {what}, as 4, or two of them, as 2:4; given {workers!r}")
    return numbers
