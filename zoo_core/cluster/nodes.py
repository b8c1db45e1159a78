"""What each node of a cluster has, to be compared."""

from __future__ import annotations

import platform
from typing import Any, NamedTuple

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from zoo_core.cluster.circumstances import asks_for_token, processor
from zoo_core.common.errors import RunError
from zoo_core.common.versions import core_version, installed_version
from zoo_core.registry.registry import default_registry

__all__ = ["Node", "nodes", "own_versions"]

_PACKAGES = ("ray", "numpy", "mxnet", "torch")
_WAIT = 120.0


class Node(NamedTuple):
    """A machine of a cluster.

    Attributes:
        address: by which the others reach it.
        processor: its model.
        resources: CPUs and GPUs that Ray gives out there.
        versions: of Python, the zoo, its plugins and what they stand on; None where one is not installed.
        asks_for_token: whether Ray lets in those alone who have the token of the cluster.
    """

    address: str
    processor: str
    resources: dict[str, int]
    versions: dict[str, str | None]
    asks_for_token: bool


def nodes() -> list[Node]:
    """All nodes of the cluster to which this process is connected.

    Raises:
        RunError: one does not answer, or has no zoo.
    """
    alive = [each for each in ray.nodes() if each["Alive"]]
    asked = [_look.options(scheduling_strategy=_on(each["NodeID"])).remote() for each in alive]
    found = []
    for node, reference in zip(alive, asked, strict=True):
        try:
            address, model, versions, secured = ray.get(reference, timeout=_WAIT)
        except RayError as error:
            reason = str(error).strip().rpartition("\n")[2]
            raise RunError(f"{node['NodeManagerAddress']}: does not answer, or has no zoo: {reason}") from None
        resources = {name: int(node["Resources"].get(name, 0)) for name in ("CPU", "GPU")}
        found.append(Node(address, model, resources, versions, secured))
    return found


def own_versions() -> dict[str, str | None]:
    """Those of this process, as `Node` has them."""
    packages = {name: installed_version(name) for name in _PACKAGES}
    plugins = {each.distribution: each.version for each in default_registry().plugins}
    return {"python": platform.python_version(), "zoo-core": core_version(), **packages, **plugins}


def _on(node: str) -> Any:
    return NodeAffinitySchedulingStrategy(node, soft=False)


@ray.remote(num_cpus=0)  # type: ignore[untyped-decorator]  # ray leaves it so
def _look() -> tuple[str, str, dict[str, str | None], bool]:
    return ray.util.get_node_ip_address(), processor(), own_versions(), asks_for_token()
