"""Whether a plugin was made for this version of the core, read before any of it is imported."""

from __future__ import annotations

import re
from importlib import metadata

from zoo_core.common.versions import CORE, core_version

__all__ = ["why_not_made_for_this_core"]

_CORE_WITH_VERSION = re.compile(r"zoo[-_.]core(?![\w.-])[^;]*[<>=~!]", re.IGNORECASE)
_USUAL = re.compile(r"zoo[-_.]core ?\(?~= ?(\d+)\.(\d+)\.(\d+)\)?", re.IGNORECASE | re.ASCII)
"""As `zoo_core.common.versions.plugin_requirement` writes it."""
_RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+)", re.ASCII)


def why_not_made_for_this_core(distribution: metadata.Distribution) -> str | None:
    """The requirement that this core does not meet, in words; None when all are met.

    pip checks it when it installs the plugin, but not when another version of the core is installed later.
    """
    asked = [line for line in distribution.requires or () if _CORE_WITH_VERSION.match(line)]
    if not asked:
        return None
    version = core_version()
    unusual = [line for line in asked if not _is_met_as_usual(line, version)]
    if not unusual:
        return None
    # Its import takes a tenth of the time of `zoo list`.
    from packaging.requirements import InvalidRequirement, Requirement

    for line in unusual:
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


def _is_met_as_usual(line: str, version: str) -> bool:
    """Whether it is the usual requirement, and met; False says nothing."""
    needed, given = _USUAL.fullmatch(line), _RELEASE.fullmatch(version)
    if not (needed and given):
        return False
    (*series, least), (*series_here, here) = map(int, needed.groups()), map(int, given.groups())
    return series == series_here and here >= least
