"""The names that a new plugin goes by, and why some will not do."""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from dataclasses import dataclass
from importlib import metadata

from zoo_core.common.errors import UnknownNameError, ZooError
from zoo_core.common.messages import did_you_mean, listed
from zoo_core.parts.kind_names import singular
from zoo_core.registry.known_plugins import package_with
from zoo_core.registry.registry import Registry

__all__ = ["NameTakenError", "PluginNameError", "PluginNames", "check_kind", "check_names_are_free"]

_LONGEST = 40


class PluginNameError(ZooError):
    """Not a name for a plugin; says what would be."""

    exit_code = 2


class NameTakenError(ZooError):
    """Something that is installed, or lies in the folder, goes by this name already."""

    exit_code = 2


@dataclass(frozen=True)
class PluginNames:
    """What the distribution and the things in it are called.

    Attributes:
        distribution: as ``pip install`` takes it.
        package: the importable package.
        part: the component in configurations.
        title: the beginning of class names.
    """

    distribution: str
    package: str
    part: str
    title: str

    @classmethod
    def of(cls, name: str) -> PluginNames:
        """All names from that of the distribution: ``zoo-cool-net`` gives ``zoo_cool_net``, ``cool_net``, ``CoolNet``.

        Raises:
            PluginNameError: it cannot be the name of a distribution, or not that of a package.
        """
        if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", name):
            raise PluginNameError(
                f"{name!r} is not a possible package name: use letters, digits, and hyphens between them"
                + _suggested(re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-"))
            )
        distribution = re.sub(r"[-_.]+", "-", name).lower()
        package = distribution.replace("-", "_")
        if not package.isidentifier() or keyword.iskeyword(package) or package in sys.stdlib_module_names:
            raise PluginNameError(f"Python cannot import a package {package!r} of its own{_suggested(distribution)}")
        if len(distribution) > _LONGEST:
            raise PluginNameError(f"{name!r} is longer than {_LONGEST} characters; choose a shorter name")
        part = package.removeprefix("zoo_")
        words = part if part[0].isalpha() else package
        return cls(distribution, package, part, "".join(word.capitalize() for word in words.split("_")))


def _suggested(stem: str) -> str:
    """A name that would do, made from what is usable of the one that does not."""
    return f"; zoo-{stem.lower().removeprefix('zoo-')} would do" if stem else ""


def check_kind(kind: str, kinds: list[str]) -> None:
    """Refuse a word that is not a kind of component.

    Raises:
        UnknownNameError: names the kinds.
    """
    if kind not in kinds:
        guess = did_you_mean(kind, kinds, otherwise=";")
        raise UnknownNameError(f"no kind is named {kind!r}{guess} kinds: {listed(kinds)}")


def check_names_are_free(names: PluginNames, kind: str, registry: Registry) -> None:
    """Refuse names under which something is installed, or known to be in a package of the zoo.

    Raises:
        NameTakenError: says what has the name.
    """
    if names.part in registry.components(kind):
        owner = registry.owner(kind, names.part)
        raise NameTakenError(
            f"{singular(kind)} {names.part!r} is already installed, from {owner.distribution}; choose another name"
        )
    if package := package_with(kind, names.part):
        raise NameTakenError(f"{singular(kind)} {names.part!r} is in the package {package}; choose another name")
    if _is_installed(names):
        raise NameTakenError(f"a package {names.package!r} is already installed; choose another name")


def _is_installed(names: PluginNames) -> bool:
    try:
        metadata.distribution(names.distribution)
    except metadata.PackageNotFoundError:
        return importlib.util.find_spec(names.package) is not None
    return True
