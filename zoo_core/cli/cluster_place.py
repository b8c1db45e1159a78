"""The cluster that commands work on, as their options say it."""

from __future__ import annotations

import re

import typer

from zoo_core.cli.output import print_line
from zoo_core.cluster.place import ClusterPlace
from zoo_core.common.messages import listed

__all__ = ["cluster_place", "say"]

_WORKERS = re.compile(r"([0-9]{1,9})(?::([0-9]{1,9}))?")


def cluster_place(
    address: str | None,
    insecure: bool,
    threads: int | None = None,
    workers: str | None = None,
    *,
    threads_alone: bool = False,
    powers_of_two: bool = False,
) -> ClusterPlace | None:
    """What the options of a command say; None without --cluster.

    Args:
        address: --cluster.
        insecure: --insecure.
        threads: --threads.
        workers: --workers.
        threads_alone: whether --threads means something without --cluster.
        powers_of_two: whether there are always 1, 2, 4 ... workers.

    Raises:
        BadParameter: there are others of them without --cluster, or they cannot be meant.
        RunError: there is no token.
    """
    if address is not None:
        limits = None if workers is None else _limits(workers, powers_of_two)
        return ClusterPlace(address, insecure, limits, threads)
    given = {"--workers": workers is not None, "--threads": not threads_alone and threads, "--insecure": insecure}
    if names := [name for name, value in given.items() if value]:
        raise typer.BadParameter(f"{listed(names)}: only with --cluster ADDRESS")
    return None


def say(message: str) -> None:
    """Tell what happens to workers."""
    print_line(f"zoo: {message}", error=True)


def _limits(workers: str, powers_of_two: bool) -> tuple[int, int]:
    """The fewest and the most workers."""
    found = _WORKERS.fullmatch(workers)
    fewest, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 0 < fewest <= most or (powers_of_two and any(each & (each - 1) for each in (fewest, most))):
        what = "power of two" if powers_of_two else "number"
        raise typer.BadParameter(f"--workers should be a {what}, as 4, or two of them, as 2:4; given {workers!r}")
    return fewest, most
