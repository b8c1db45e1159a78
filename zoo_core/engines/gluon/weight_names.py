"""What arrays in files of weights are called in a network of ours, whoever wrote them and however."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from zoo_core.engines.gluon import gluoncv_names
from zoo_core.engines.gluon.array_names import match_names
from zoo_core.engines.gluon.network import DetectionNetwork

__all__ = ["our_names", "parameter_names"]


def our_names(stored: Collection[str], network: Any) -> dict[str, str]:
    """What each array of a file is called in a network of ours.

    Files are those of `save_parameters`, `save_params`, `collect_params().save` (with and without the prefix) and
    `export`, of a network of ours or of GluonCV's for the same detector. Anchors are left out, for they are not
    weights. A name that says nothing to us stays as it is.

    Args:
        stored: names in a file.
        network: a `DetectionNetwork`, or any block for a file of its own.
    """
    names = [name for name in stored if not gluoncv_names.is_anchors(name)]
    own = parameter_names(network)
    found = [match_names(names, {name: name for name in own.values()})]
    if len(found[0]) < len(own) and isinstance(network, DetectionNetwork):
        found += [match_names(names, gluoncv_names.structure_names(network)), _in_gluoncvs_graph(names, network)]
    # Layers without a scope, as conv0, are those of any network, unless the file has all of them and no more.
    if len(in_graph := match_names(names, own)) == len(own) == len(names):
        found.append(in_graph)
    best = max(found, key=len)
    return {name: best.get(name, name) for name in names}


def parameter_names(network: Any) -> dict[str, str]:
    """Our name of each parameter of a block by the one that gluon gave it when the block was made."""
    return {parameter.name: name for name, parameter in network._collect_params_with_prefix().items()}  # noqa: SLF001  # gluon's way


def _in_gluoncvs_graph(names: Collection[str], network: DetectionNetwork) -> dict[str, str]:
    plain = {gluoncv_names.without_repetition(name): name for name in names}
    found = match_names(plain, gluoncv_names.graph_names(network))
    return {plain[name]: ours for name, ours in found.items()}
