"""Which rows of the layers of a head belong to classes, as the head says, and whether that is so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo_core.boxes.protocols import ClassRows
from zoo_core.common.errors import PluginError
from zoo_core.common.messages import shown
from zoo_core.engines.class_layers import rows_in
from zoo_core.parts.components import HeadSettings
from zoo_core.parts.guarding import Guarded
from zoo_core.parts.promises import broken_promise

__all__ = ["check_class_rows", "class_rows_of"]


def class_rows_of(head: Any) -> Mapping[str, ClassRows]:
    """See `zoo_core.boxes.protocols.Head.class_rows`; none of a head that does not say it."""
    # Not with a default for what lacks: an AttributeError of the property itself would be lost.
    says_it = "class_rows" in vars(head) or hasattr(type(head), "class_rows")
    rows: Mapping[str, ClassRows] = head.class_rows if says_it else {}
    return rows


def check_class_rows(head: Any, settings: HeadSettings, classes: int) -> None:
    """Refuse what a head says of its layers and is not so, since weights are taken over by it.

    Args:
        head: its parameters have their shapes.
        settings: its own.
        classes: C.

    Raises:
        PluginError: a layer is not there, or has another number of rows; or it fails.
    """
    try:
        with Guarded(seconds=None):
            rows: object = class_rows_of(head)
    except PluginError as error:
        raise PluginError(f"head {settings.name!r} fails when asked for class_rows: {error}") from error
    if not isinstance(rows, Mapping) or not all(isinstance(each, ClassRows) for each in rows.values()):
        raise broken_promise(settings, "ClassRows by layer as class_rows", shown(rows))
    parameters = head._collect_params_with_prefix()  # noqa: SLF001  # gluon has no other way
    shapes = {name: each.shape for name, each in parameters.items()}
    for layer, each in rows.items():
        promised = {layer: each.anchors * (each.before + classes)}
        if each.boxes is not None:
            promised[each.boxes] = each.anchors * 4
        for name, count in promised.items():
            if (found := rows_in(name, shapes)) != count:
                gave = "no such layer" if found is None else str(found)
                raise broken_promise(settings, f"{count} rows of {name!r} by its class_rows", gave)
