"""Whether a plugin was made for this version of the core, read before any of it is imported."""

from __future__ import annotations

import re
from importlib import metadata

from zoo_core.common.versions import CORE

__all__ = ["why_not_made_for_this_core"]

_CORE_WITH_VERSION = re.compile(r"zoo[-_.]core(?![\w.-])[^;]*[<>=~!]", re.IGNORECASE)


def why_not_made_for_this_core(distribution: metadata.Distribution) -> str | None:
    """The requirement that this core does not meet, in words; None when all are met.

    pip checks it when it installs the plugin, but not when another version of the core is installed later.
    """
    asked = [line for line in distribution.requires or () if _CORE_WITH_VERSION.match(line)]
    if not asked:
        return None
    # Requirements are parsed only for a plugin that names a version.
    from packaging.requirements import InvalidRequirement, Requirement

    version = metadata.version(CORE)
    for line in asked:
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            return f"its requirement {line!r} cannot be read: {error}"
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and not requirement.specifier.contains(version, prereleases=True):
            return (
                f"made for {CORE}{requirement.specifier}, but this is {version}: "
                f"install another version of {distribution.name}, or of {CORE}"
            )
    return None
