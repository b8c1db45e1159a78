"""What is said of a name that no plugin gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoo_core.common.messages import did_you_mean, listed
from zoo_core.common.versions import CORE
from zoo_core.parts.components import KINDS
from zoo_core.parts.kind_names import plural, singular, with_article
from zoo_core.registry.catalogue import Catalogue
from zoo_core.registry.contributions import Plugin
from zoo_core.registry.installing import pip_install, way_to_parts
from zoo_core.registry.known_plugins import package_with
from zoo_core.registry.unsupported import why_unsupported

__all__ = ["about_unknown"]


def about_unknown(kind: str, name: str, catalogues: Mapping[str, Catalogue[Any]], plugins: Iterable[Plugin]) -> str:
    """That there is no such part, and which package has it, or what is near.

    Args:
        kind: of the part that is looked for; a detector's is ``"detector"``.
        name: what somebody says for it.
        catalogues: what there is of each kind.
        plugins: all that were found, those set aside included.
    """
    message = f"no {singular(kind)} is named {name!r}"
    plain = name if kind == "weights" else name.rpartition(":")[2]
    if (package := package_with(kind, plain)) and (remedy := _remedy(package, plugins)):
        return f"{message} here: it is in the package {package}, {remedy}"
    if kind in ("detector", "weights") and (why := why_unsupported(name.rpartition(":")[2])):
        return f"{message}: {why}{did_you_mean(plain, catalogues[kind].by_name())}"
    if others := [of for of in ("detector", *KINDS) if of != kind and catalogues[of].named(plain)]:
        message = f"{message}, but {' and '.join(map(with_article, others))} {'are' if len(others) > 1 else 'is'}"
    known = catalogues[kind].by_name()
    if not known and all(plugin.package == CORE for plugin in plugins):
        return f"{message}: no plugin with {plural(kind)} is installed ({way_to_parts()})"
    guess = did_you_mean(plain, known, otherwise=";")
    if kind == "weights":  # too many to list
        return f"{message}{guess} `zoo list weights` names all"
    return f"{message}{guess} {plural(kind)}: {listed(known)}"


def _remedy(package: str, plugins: Iterable[Plugin]) -> str | None:
    """Why the parts of a known package are not here, and the remedy; None when they could be."""
    found = next((plugin for plugin in plugins if plugin.package == package), None)
    if found is None:
        return f"which is not installed: {pip_install(package)}"
    if found.left_out:
        return f"which {found.left_out} leaves out"
    return "which was set aside (`zoo plugins` says why)" if found.problem else None
