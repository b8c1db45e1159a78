"""The anchors of a detector: what its generator makes of its feature maps, with the cells on which they stand."""

from __future__ import annotations

from dataclasses import replace

from zoo_core.boxes.boxes import Anchors
from zoo_core.common.errors import PluginError
from zoo_core.config.plan import Plan
from zoo_core.parts.components import AnchorSettings
from zoo_core.registry.registry import make

__all__ = ["place"]


def place(settings: AnchorSettings, plan: Plan) -> Anchors:
    """The anchors that a generator places on the feature maps of a plan; they know their cells.

    Raises:
        BoxFormatError: it gives something else than `Anchors`.
        PluginError: it fails, or gives another number of anchors than it promises.
    """
    anchors = Anchors.require(make(settings)(plan.feature_maps, plan.input_size))
    if len(anchors) != plan.anchor_count:
        raise PluginError(
            f"anchors {settings.name!r} gives {len(anchors)} for the feature maps at {plan.input_size}, "
            f"and anchors_per_cell() promises {plan.anchor_count}"
        )
    return replace(anchors, levels=plan.levels, indices=None)
