"""The names that GluonCV's CenterNet has for its weights, by our names for the same.

`save_parameters` goes by the structure of the network: ``base_network.base_network.X``, ``base_network.deconv.X``,
``heads.X``. `collect_params().save` and `export` go by the names of the graph, where each of the three has a prefix of
its own: ``resnetv1b_X``, ``deconvresnet0_X``, ``centernet0_X``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from zoo_core.plugin_api import match_names
from zoo_gluoncv_centernet.head import CenterNetHead

__all__ = ["names_here"]

_PARTS = (("backbone.", r"resnetv1b\d*_"), ("neck.", r"deconvresnet\d+_"), ("heads.", r"centernet\d+_"))
"""How the names of a part begin here, and in GluonCV's graph."""
_AFTER_RESET = re.compile(r"(centernet\d+_conv)([6-9]|\d{2,})_")
"""`reset_class` makes the last layer of the scores anew, which was the second of six, and counts on."""


def names_here(stored: Collection[str], network: Any) -> dict[str, str | None]:
    """Our names of the arrays in a file that GluonCV wrote; see `zoo_core.plugin_api.ForeignWeights`.

    Args:
        stored: names in the file.
        network: the same detector here.
    """
    if not isinstance(getattr(network, "head", None), CenterNetHead):
        return {}  # layers without a scope, as conv0, would fit any network
    own = network._collect_params_with_prefix()  # noqa: SLF001  # gluon's way
    by_structure = match_names(stored, {_structure_name(name): name for name in own})
    found = max(by_structure, _in_graph(stored, own), key=len)
    return {**found}


def _structure_name(ours: str) -> str:
    name = re.sub(r"^backbone\.features\.", "base_network.base_network.", ours)
    return re.sub(r"^neck\.", "base_network.", name)


def _in_graph(names: Collection[str], own: dict[str, Any]) -> dict[str, str]:
    """By the graph: each part is matched on its own, for layers of all are counted from 0."""
    plain, found = {_AFTER_RESET.sub(r"\g<1>1_", name): name for name in names}, dict[str, str]()
    for beginning, prefix in _PARTS:
        theirs = [name for name in plain if re.match(rf"((arg|aux):)?{prefix}", name)]
        # The parts have prefixes of their own here.
        ours = {
            re.sub(rf"^(({prefix})+|centernet(neck|head)\d+_)", "", parameter.name): name
            for name, parameter in own.items()
            if name.startswith(beginning)
        }
        found |= {plain[name]: here for name, here in match_names(theirs, ours).items()}
    return found
