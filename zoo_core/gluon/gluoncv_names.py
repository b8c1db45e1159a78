"""The names that GluonCV's SSD has for its weights, and ours for the same.

GluonCV writes them in two ways. `save_parameters` goes by the structure of the network:
``features.X``, ``class_predictors.0.predictor.weight``. `export` goes by the names of the
graph: ``arg:ssd0_X`` and ``aux:ssd0_X``, where the predictors are counted in the order in
which they were made, a class predictor and a box predictor for each map.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["our_names"]


def our_names(stored: Iterable[str], network: Any) -> dict[str, str]:
    """What each array of a file is called in a network of ours.

    Anchors are left out, for they are no weights. A name that the network has itself, or that
    says nothing to us, stays as it is.

    Args:
        stored: the names in a file that the zoo or GluonCV wrote.
        network: a `DetectionNetwork`, or for a file of its own any block.
    """
    names = list(stored)
    own = network._collect_params_with_prefix().keys()  # noqa: SLF001  # gluon's way
    if names and all(re.match("(arg|aux):", name) for name in names):
        renamed = _from_graph(names, network)
    else:
        renamed = {name: name if name in own else _from_structure(name) for name in names}
    return {name: ours for name, ours in renamed.items() if not re.search(r"anchor_generators\.|anchorgenerator", name)}


def _from_structure(name: str) -> str:
    name = re.sub(r"^features\.", "backbone.features.", name)
    return re.sub(r"^((class|box)_predictors\.\d+)\.predictor\.", r"\1.", name)


def _from_graph(names: list[str], network: Any) -> dict[str, str]:
    ours = dict(_graph_names(network))
    plain = {name: name.partition(":")[2] for name in names}
    # Everything in the graph begins with the name of the whole network, as ssd0_.
    whole = os.path.commonprefix(list(plain.values()))  # noqa: RUF071 -- names, and no paths
    whole = whole[: whole.rfind("_") + 1]
    return {name: ours.get(each.removeprefix(whole), name) for name, each in plain.items()}


def _graph_names(network: Any) -> Iterator[tuple[str, str]]:
    """What GluonCV's graph calls each of our parameters, without the name of the whole network."""
    for name, parameter in network.backbone._collect_params_with_prefix("backbone").items():  # noqa: SLF001  # gluon's way
        yield parameter.name.removeprefix(network.backbone.prefix), name
    for place in range(len(network.class_predictors)):
        for number, kind in enumerate(("class", "box")):
            for part in ("weight", "bias"):
                yield f"convpredictor{2 * place + number}_conv0_{part}", f"{kind}_predictors.{place}.{part}"
