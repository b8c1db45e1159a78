"""What is said of a part that does something else than it promised."""

from __future__ import annotations

from zoo_core.common.errors import PluginError
from zoo_core.parts.component_settings import ComponentSettings
from zoo_core.parts.kind_names import singular

__all__ = ["broken_promise"]


def broken_promise(settings: ComponentSettings, promised: str, gave: str) -> PluginError:
    """The error that names the part, both sides, and the command that tells its author more."""
    kind, name = settings.kind, settings.name
    test = f"pytest --pyargs zoo_core.testing.everything -k Test_{kind}_{name}"
    return PluginError(
        f"{singular(kind)} {name!r} promised {promised} and gave {gave}; run its conformance test: {test}"
    )
