"""``zoo doctor``: what is installed, whether it works, and what to do where it does not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from zoo_core.cli.cluster_diagnosis import examine_cluster
from zoo_core.cli.cluster_options import ClusterOption, InsecureOption
from zoo_core.cli.cluster_place import cluster_place
from zoo_core.cli.diagnosis import Check, examine
from zoo_core.cli.options import JsonOption, offering
from zoo_core.cli.output import print_json, print_line, print_table
from zoo_core.common.messages import counted

__all__ = ["doctor"]


def doctor(
    cluster: ClusterOption = None,
    insecure: InsecureOption = False,
    parity: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Compare PyTorch on DEVICE with PyTorch on the CPU, and with MXNet where that is installed, by the "
            "detector of a run: outputs, losses, gradients and steps of each optimizer.",
            show_default=False,
            autocompletion=offering("runs"),
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="DEVICE",
            help="For --parity: auto (an NVIDIA GPU if there is one; the default), cpu, gpu:N or mps.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Check the installation; exit 1 if something is wrong.

    MXNet, where it is installed, is imported and tried. What is off comes with what to do about it, and what is
    left out of this installation with what it would be for. With --cluster ADDRESS the machines of a cluster are
    looked at instead: what each has, and in what it differs from this one.
    """
    if parity is not None:
        if cluster is not None:
            raise typer.BadParameter("--cluster: not with --parity, which compares engines on this machine")
        return _compare(parity, device or "auto", as_json=as_json)
    if device is not None:
        raise typer.BadParameter("--device: only with --parity RUN")
    place = cluster_place(cluster, insecure)
    checks = list(examine_cluster(place) if place else examine())
    off, left_out = [check for check in checks if check.remedy], [check for check in checks if check.more]
    if as_json:
        print_json([{**check._asdict(), "ok": not check.remedy} for check in checks])
        return 1 if off else 0
    print_table([(_state(check), check.name, check.found) for check in checks])
    print_line()
    print_line(f"{counted(len(off), 'thing')} to do:" if off else "all is well")
    if off:
        print_table([(check.name, check.remedy) for check in off], indent=2)
    if left_out:
        print_line("left out of this installation:")
        print_table([(check.name, check.more) for check in left_out], indent=2)
    return 1 if off else 0


def _compare(run: str, device: str, *, as_json: bool) -> int:
    from zoo_core.engines.parity import compare

    found = list(compare(run, device))
    apart = [each for each in found if not each.equal]
    if as_json:
        print_json([{**asdict(each), "equal": each.equal} for each in found])
    else:
        print_table(
            [
                (
                    "ok" if each.equal else "off",
                    f"{each.of} against {each.against}",
                    each.what,
                    f"differ by {each.difference:.1e}",
                    f"limit {each.limit:.0e}",
                )
                for each in found
            ]
        )
        print_line()
        print_line(f"{counted(len(apart), 'thing')} too far apart" if apart else "all computes the same")
    return 1 if apart else 0


def _state(check: Check) -> str:
    return "off" if check.remedy else "-" if check.more else "ok"
