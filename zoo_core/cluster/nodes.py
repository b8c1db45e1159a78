"""What each node of a cluster has, to be compared."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any, NamedTuple

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from zoo_core.cluster.circumstances import asks_for_token, processor
from zoo_core.cluster.worker import why_lost
from zoo_core.common.optional_packages import OPTIONAL, version_of
from zoo_core.common.versions import core_version, installed_version
from zoo_core.registry.registry import default_registry

__all__ = ["Node", "nodes", "own_versions"]

_MODULES = ("ray", "mxnet", "torch", "onnxruntime", "openvino", "cv2", "pyarrow")
_WAIT = 120.0


class Node(NamedTuple):
    """A machine of a cluster.

    Attributes:
        address: by which the others reach it.
        processor: its model.
        resources: CPUs and GPUs that Ray gives out there.
        versions: of Python, the zoo, its plugins and what they stand on; None where one is not installed.
        asks_for_token: whether Ray lets in those alone who have the token of the cluster.
        problem: why nothing is known of it but its resources; None where that is not so.
    """

    address: str
    processor: str
    resources: dict[str, int]
    versions: dict[str, str | None]
    asks_for_token: bool
    problem: str | None = None


def nodes() -> list[Node]:
    """All nodes of the cluster to which this process is connected."""
    alive = [each for each in ray.nodes() if each["Alive"]]
    asked = [_look.options(scheduling_strategy=_on(each["NodeID"])).remote() for each in alive]
    answered, _ = ray.wait(asked, num_returns=len(asked), timeout=_WAIT)
    return [_node(each, reference, reference in answered) for each, reference in zip(alive, asked, strict=True)]


def _node(known: Mapping[str, Any], reference: Any, has_answered: bool) -> Node:
    resources = {name: int(known["Resources"].get(name, 0)) for name in ("CPU", "GPU")}
    problem = "does not answer"
    if has_answered:
        try:
            address, model, versions, secured = ray.get(reference)
            return Node(address, model, resources, versions, secured)
        except RayError as error:
            problem = why_lost(error)
    return Node(known["NodeManagerAddress"], "", resources, {}, asks_for_token=False, problem=problem)


def own_versions() -> dict[str, str | None]:
    """Those of this process, as `Node` has them."""
    packages = {"numpy": installed_version("numpy"), **{OPTIONAL[each][0][0]: version_of(each) for each in _MODULES}}
    plugins = {each.distribution: each.version for each in default_registry().plugins}
    return {"python": platform.python_version(), "zoo-core": core_version(), **packages, **plugins}


def _on(node: str) -> Any:
    return NodeAffinitySchedulingStrategy(node, soft=False)


@ray.remote(num_cpus=0)  # type: ignore[untyped-decorator]  # ray leaves it so
def _look() -> tuple[str, str, dict[str, str | None], bool]:
    return ray.util.get_node_ip_address(), processor(), own_versions(), asks_for_token()
