"""Settings of a part from what a configuration says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zoo_core.common.errors import PluginError, UnknownNameError
from zoo_core.common.messages import listed, shown
from zoo_core.parts.components import KINDS, ComponentSettings
from zoo_core.parts.guarding import Guarded
from zoo_core.parts.kind_names import plural, singular, with_article
from zoo_core.parts.stand_ins import STAND_INS
from zoo_core.registry.lookup import Lookup

__all__ = ["settings_from", "stand_in"]


def stand_in(
    registry: Lookup, kind: str, value: object, may_lack: Callable[[str, str], bool]
) -> ComponentSettings | None:
    """A stand-in for a part that is not installed and may be lacking, with what is said of it; None for any other.

    Args:
        registry: of what is installed.
        kind: of the part.
        value: as for `settings_from`.
        may_lack: whether a part of this kind and name may be lacking.
    """
    table = {"name": value} if isinstance(value, str) else value
    name = table.get("name") if isinstance(table, Mapping) else None
    if kind not in STAND_INS or not isinstance(name, str) or not may_lack(kind, name):
        return None
    try:
        registry.component(kind, name)
    except UnknownNameError:
        return STAND_INS[kind].model_validate(table)
    return None


def settings_from(registry: Lookup, kind: str, value: object) -> ComponentSettings:
    """Settings of a component from a name, a table with a ``name``, or settings of that kind.

    Raises:
        ValueError: it is none of these, or the name is unknown.
        ValidationError: the table does not fit the component's own settings.
        PluginError: the component's own settings fail.
    """
    if isinstance(value, ComponentSettings):
        if not isinstance(value, KINDS[kind]):
            raise ValueError(f"{value.name!r} is {with_article(value.kind)}, but {with_article(kind)} is needed")
        return value
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping):
        raise ValueError(
            f"should be the name of {with_article(kind)}, or a table with a name; given {shown(value)}; "
            f"{plural(kind)}: {listed(registry.components(kind))}"
        )
    name = table.get("name")
    if not isinstance(name, str):
        fault = "has no name" if name is None else f"has the name {shown(name)}, which is not a string"
        raise ValueError(f"the table {fault}; {plural(kind)}: {listed(registry.components(kind))}")
    try:
        component = registry.component(kind, name)
    except UnknownNameError as error:
        raise ValueError(str(error)) from None
    try:
        with Guarded(passing=(ValueError,)):
            # The package is no longer needed: the settings know only their plain name.
            return component.settings.model_validate({**table, "name": component.name})
    except PluginError as error:
        raise PluginError(f"{singular(kind)} {name!r} fails when its settings are read: {error}") from error
