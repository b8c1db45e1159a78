"""The names that GluonCV's SSD has for its weights, by our names for the same.

GluonCV writes them in two ways. `save_parameters` goes by the structure of the network:
``features.X``, ``class_predictors.0.predictor.weight``. `save_params`, `collect_params().save`
and `export` go by the names of the graph: ``ssd0_X``, where the predictors are counted in the
order in which they were made, a class predictor and a box predictor for each map.
`reset_class` puts the name of the network before that of a class predictor once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["graph_names", "is_anchors", "structure_names", "without_repetition"]


def is_anchors(name: str) -> bool:
    """Whether an array holds anchors, which GluonCV keeps among the weights."""
    return bool(re.search(r"anchor_generators\.|anchorgenerator", name))


def structure_names(network: Any) -> dict[str, str]:
    """Our name of each parameter by that of `save_parameters`.

    Args:
        network: a `DetectionNetwork`, or for a file of its own any block.
    """
    return {_structure_name(name): name for name in network._collect_params_with_prefix()}  # noqa: SLF001  # gluon's way


def _structure_name(ours: str) -> str:
    name = re.sub(r"^backbone\.features\.", "features.", ours)
    return re.sub(r"^((class|box)_predictors\.\d+)\.", r"\1.predictor.", name)


def graph_names(network: Any) -> dict[str, str]:
    """Our name of each parameter by that in the graph, without the name of the whole network."""
    return dict(_graph_names(network))


def _graph_names(network: Any) -> Iterator[tuple[str, str]]:
    for name, parameter in network.backbone._collect_params_with_prefix("backbone").items():  # noqa: SLF001  # gluon's way
        if parameter.name.startswith(network.backbone.prefix):  # or its name says nothing of its place in the backbone
            yield parameter.name.removeprefix(network.backbone.prefix), name
    for place in range(len(network.class_predictors)):
        for number, kind in enumerate(("class", "box")):
            for part in ("weight", "bias"):
                yield f"convpredictor{2 * place + number}_conv0_{part}", f"{kind}_predictors.{place}.{part}"


def without_repetition(name: str) -> str:
    """The name of a predictor in the graph without what stands before it, which is not the same for all of them."""
    return re.sub(r"^.*?(?=convpredictor\d+_conv0_)", "", name)
