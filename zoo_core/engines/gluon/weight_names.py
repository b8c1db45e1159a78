"""Our names for the arrays in files of weights, whoever wrote them and however."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from zoo_core.common.errors import ZooError
from zoo_core.engines.gluon.array_names import match_names
from zoo_core.engines.gluon.network import DetectionNetwork
from zoo_core.registry.foreign_weights import names_here
from zoo_core.registry.registry import default_registry

__all__ = ["our_names", "parameter_names"]


def our_names(stored: Collection[str], network: Any) -> dict[str, str]:
    """What each array of a file is called in a network of ours.

    Files are those of `save_parameters`, `save_params`, `collect_params().save` (with and without the prefix) and
    `export`, of a network of ours or of another library's for the same detector, if a plugin knows its names. What
    such a plugin does not take for a weight is left out. An unrecognised name stays as it is.

    Args:
        stored: names in a file.
        network: a `DetectionNetwork`, or any block for a file of its own.

    Raises:
        PluginError, MissingPackageError: a plugin that might know the names fails, and no other knows any.
    """
    own = parameter_names(network)
    found = [match_names(stored, {name: name for name in own.values()})]
    not_weights = set[str]()
    if len(found[0]) < len(own) and isinstance(network, DetectionNetwork):
        answers = _foreign_names(stored, network, is_needed=not found[0])
        found += [{there: here for there, here in each.items() if here is not None} for each in answers]
        not_weights = set[str]().union(*answers) - set[str]().union(*found)
    names = [name for name in stored if name not in not_weights]
    # Layers without a scope, as conv0, are those of any network, unless the file has all of them and no more.
    if len(in_graph := match_names(names, own)) == len(own) == len(names):
        found.append(in_graph)
    best = max(found, key=len)
    return {name: best.get(name, name) for name in names}


def parameter_names(network: Any) -> dict[str, str]:
    """Our name of each parameter of a block by the one that gluon gave it when the block was made."""
    return {parameter.name: name for name, parameter in network._collect_params_with_prefix().items()}  # noqa: SLF001  # gluon's way


def _foreign_names(stored: Collection[str], network: Any, *, is_needed: bool) -> list[dict[str, str | None]]:
    """What every plugin that knows the names of another library says of these.

    One that fails does no harm, unless no other answers and an answer is needed.
    """
    answers, faults = list[dict[str, str | None]](), list[ZooError]()
    for entry in default_registry().weights:
        if entry.part.names_here is not None:
            try:
                answers.append(names_here(entry, stored, network))
            except ZooError as error:
                faults.append(error)
    if faults and is_needed and not any(here for each in answers for here in each.values()):
        raise faults[0]
    return answers
