"""The names that GluonCV's YOLO3 has for its weights, by our names for the same.

`save_parameters` goes by the structure of the network: ``stages.X``, ``yolo_blocks.X``. `collect_params().save` and
`export` go by the names of the graph, where the backbone has a prefix of its own (``darknetv30_X``) and all that
follows it another (``yolov30_X``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from zoo_core.plugin_api import match_names
from zoo_gluoncv_yolo.head import YoloHead

__all__ = ["names_here"]


def names_here(stored: Collection[str], network: Any) -> dict[str, str | None]:
    """Our names of the arrays in a file that GluonCV wrote; see `zoo_core.plugin_api.ForeignWeights`.

    Args:
        stored: names in the file.
        network: the same detector here.
    """
    if not isinstance(getattr(network, "head", None), YoloHead):
        return {}  # layers without a scope, as conv0, would fit any network
    constants = [name for name in stored if _is_constant(name)]
    names = [name for name in stored if name not in constants]
    own = network._collect_params_with_prefix()  # noqa: SLF001  # gluon's way
    by_structure = match_names(names, {re.sub(r"^(backbone|neck)\.", "", name): name for name in own})
    found = max(by_structure, _in_graph(names, own), key=len)
    return {**dict.fromkeys(constants), **found}


def _is_constant(name: str) -> bool:
    """Whether an array holds anchors or the positions of cells, which GluonCV keeps among the weights."""
    return bool(re.search(r"yolo_outputs\.\d+\.(anchors|offsets)$|yolooutputv3\d+_(anchor|offset)_\d+$", name))


def _in_graph(names: Collection[str], own: dict[str, Any]) -> dict[str, str]:
    """By the graph: what comes after the backbone is told by its prefix, as each is matched on its own."""
    after = [name for name in names if re.search(r"(^|:)yolov3\d+_", name)]
    before = [name for name in names if name not in after]
    ours: tuple[dict[str, str], dict[str, str]] = {}, {}
    for name, parameter in own.items():
        is_after = not name.startswith("backbone.")
        # Neck and head have prefixes of their own here.
        graph_name = re.sub(r"^yolo(neck|head)\d+_", "", parameter.name) if is_after else parameter.name
        ours[is_after][re.sub(r"^_output(\d+_)", r"yolooutputv3\1", graph_name)] = name
    return match_names(before, ours[0]) | match_names(after, ours[1])
