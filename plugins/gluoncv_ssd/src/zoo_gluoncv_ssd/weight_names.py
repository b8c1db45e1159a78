"""The names that GluonCV's SSD has for its weights, by our names for the same.

GluonCV writes them in two ways. `save_parameters` goes by the structure of the network:
``features.X``, ``class_predictors.0.predictor.weight``. `save_params`, `collect_params().save`
and `export` go by the names of the graph: ``ssd0_X``, where the predictors are counted in the
order in which they were made, a class predictor and a box predictor for each map.
`reset_class` puts the name of the network before that of a class predictor once more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from zoo_core.plugin_api import match_names

__all__ = ["names_here"]


def names_here(stored: Collection[str], network: Any) -> dict[str, str | None]:
    """Our names of the arrays in a file that GluonCV wrote; see `zoo_core.plugin_api.ForeignWeights`.

    Args:
        stored: names in the file.
        network: the same detector here.
    """
    anchors = [name for name in stored if _is_anchors(name)]
    names = [name for name in stored if name not in anchors]
    by_structure = match_names(names, _structure_names(network))
    found = max(by_structure, _in_graph(names, network), key=len)
    return {**dict.fromkeys(anchors), **found}


def _is_anchors(name: str) -> bool:
    """Whether an array holds anchors, which GluonCV keeps among the weights."""
    return bool(re.search(r"anchor_generators\.|anchorgenerator", name))


def _in_graph(names: Collection[str], network: Any) -> dict[str, str]:
    plain = {_without_repetition(name): name for name in names}
    found = match_names(plain, dict(_graph_names(network)))
    return {plain[name]: ours for name, ours in found.items()}


def _structure_names(network: Any) -> dict[str, str]:
    """Our name of each parameter by that of `save_parameters`."""
    return {_structure_name(name): name for name in network._collect_params_with_prefix()}  # noqa: SLF001  # gluon's way


def _structure_name(ours: str) -> str:
    name = re.sub(r"^backbone\.features\.", "features.", ours)
    return re.sub(r"^((class|box)_predictors\.\d+)\.", r"\1.predictor.", name)


def _graph_names(network: Any) -> Iterator[tuple[str, str]]:
    """The name of each parameter in the graph, without that of the whole network, and our name of it."""
    for name, parameter in network.backbone._collect_params_with_prefix("backbone").items():  # noqa: SLF001  # gluon's way
        if parameter.name.startswith(network.backbone.prefix):  # or its name says nothing of its place in the backbone
            yield parameter.name.removeprefix(network.backbone.prefix), name
    for index in range(len(getattr(network, "class_predictors", ()))):
        for number, kind in enumerate(("class", "box")):
            for part in ("weight", "bias"):
                yield f"convpredictor{2 * index + number}_conv0_{part}", f"{kind}_predictors.{index}.{part}"


def _without_repetition(name: str) -> str:
    """The name of a predictor in the graph without what stands before it, which is not the same for all of them."""
    return re.sub(r"^.*?(?=convpredictor\d+_conv0_)", "", name)
