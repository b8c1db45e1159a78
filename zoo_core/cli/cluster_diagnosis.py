"""The machines of a cluster: what each has, and in what it differs from where the command is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zoo_core.cli.diagnosis import Check
from zoo_core.cluster.place import ClusterPlace
from zoo_core.common.messages import counted, listed
from zoo_core.common.optional_packages import needing

__all__ = ["examine_cluster"]

_Versions = Mapping[str, str | None]


def examine_cluster(place: ClusterPlace) -> Iterator[Check]:
    """A check for each machine of a cluster."""
    with needing():
        from zoo_core.cluster.connecting import connected
        from zoo_core.cluster.nodes import nodes, own_versions

    with connected(place):
        here, found = own_versions(), nodes()
    for node in found:
        if node.problem:
            yield Check(node.address, node.problem, "see whether the zoo is installed there and Ray runs")
            continue
        remedies = []
        if differing := list(_differences(node.versions, here)):
            remedies.append(f"install the same versions as here: {listed(differing)}")
        if not node.asks_for_token and not place.insecure:
            remedies.append("start Ray there with a token: zoo cluster start")
        cpus, gpus = node.resources["CPU"], node.resources["GPU"]
        machine = [counted(cpus, "CPU"), *([counted(gpus, "GPU")] if gpus else []), node.processor]
        versions = [f"{name} {version}" for name, version in node.versions.items() if version]
        yield Check(node.address, listed([*machine, *versions]), "; ".join(remedies) or None)


def _differences(there: _Versions, here: _Versions) -> Iterator[str]:
    for name in {**here, **there}:
        found, wanted = (each.get(name) or "not installed" for each in (there, here))
        if found != wanted:
            yield f"{name} is {found}, and {wanted} here"
