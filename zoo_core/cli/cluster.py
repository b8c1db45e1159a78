"""``zoo cluster start``: the lines that make a cluster of machines. Nothing is run, and Ray is not imported."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from zoo_core.cli.output import print_heading, print_line
from zoo_core.common.versions import installed_version
from zoo_core.config.engines import chosen_engine
from zoo_core.registry.registry import default_registry

__all__ = ["start"]

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_NODE_PORT, _OBJECT_PORT, _AGENT_PORT, _WORKER_PORTS = 6380, 6381, 6382, (20000, 20999)
_LISTENING = f"{_NODE_PORT} to {_AGENT_PORT} and {_WORKER_PORTS[0]} to {_WORKER_PORTS[1]}"


def start(
    nodes: Annotated[
        str,
        typer.Option(
            metavar="HOST,HOST...",
            help="Addresses by which the machines reach each other; the first becomes the head.",
            show_default=False,
        ),
    ],
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Port of the head.")] = 6379,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Without a token: whoever reaches a port can run programs there.")
    ] = False,
) -> None:
    """Print what to run on each machine, so that they become a cluster.

    Ray listens on all addresses of a machine, so a token is asked for unless --insecure is given. Its dashboard and
    its usage statistics are off.
    """
    head, *others = _hosts(nodes)
    _require_free(port)
    security = "RAY_AUTH_MODE=disabled" if insecure else "RAY_AUTH_MODE=token"
    ray = f"{security} RAY_USAGE_STATS_ENABLED=0 ray start"
    ports = (
        f"--node-manager-port={_NODE_PORT} --object-manager-port={_OBJECT_PORT} "
        f"--runtime-env-agent-port={_AGENT_PORT} "
        f"--min-worker-port={_WORKER_PORTS[0]} --max-worker-port={_WORKER_PORTS[1]}"
    )
    print_heading("On every machine")
    print_line(f"  pip install {' '.join(_packages())}")
    if not insecure:
        _print_token(head, others)
    print_heading(f"On {head}")
    print_line(f"  {ray} --head --node-ip-address={head} --port={port} --include-dashboard=false {ports}")
    for host in others:
        print_heading(f"On {host}")
        print_line(f"  {ray} --address={head}:{port} --node-ip-address={host} {ports}")
    print_heading("Then, on any of them")
    flag = " --insecure" if insecure else ""
    print_line(f"  zoo doctor --cluster {head}:{port}{flag}")
    print_line(f"  zoo train CONFIG --set training.parts=4 --cluster {head}:{port} --workers 4{flag}")
    print_heading("In the end, on each")
    print_line("  ray stop")
    print_line()
    print_line(f"The machines have to reach each other on the ports {port}, {_LISTENING}, and nobody else should.")


def _hosts(nodes: str) -> list[str]:
    hosts = [each.strip() for each in nodes.split(",")]
    if wrong := [each for each in hosts if not _HOST.fullmatch(each)]:
        raise typer.BadParameter(
            f"--nodes should be addresses with commas between, as 10.0.0.1,10.0.0.2; given {wrong[0]!r}"
        )
    if len(set(hosts)) < len(hosts):
        raise typer.BadParameter(f"--nodes names a machine twice: {nodes!r}")
    return hosts


def _require_free(port: int) -> None:
    if _NODE_PORT <= port <= _AGENT_PORT or _WORKER_PORTS[0] <= port <= _WORKER_PORTS[1]:
        raise typer.BadParameter(
            f"--port {port} is one of those on which every machine listens ({_LISTENING}); name another, as 6379"
        )


def _packages() -> list[str]:
    """What the machines need, in the versions that are here."""
    extras = f"{chosen_engine('auto')},cluster"
    found = {each.distribution: each.version for each in default_registry().plugins if each.distribution != "zoo-core"}
    plugins = [f"'{name}=={version}'" for name, version in sorted(found.items())]
    ray = installed_version("ray")
    return [f"'zoo-core[{extras}]=={installed_version('zoo-core')}'", *plugins, *([f"'ray=={ray}'"] if ray else [])]


def _print_token(head: str, others: list[str]) -> None:
    print_heading(f"On {head}, once: a token, which the others are given")
    print_line("  ray get-auth-token --generate")
    for host in others:
        print_line(f"  ssh {host} mkdir -p .ray && scp ~/.ray/auth_token {host}:.ray/auth_token")
