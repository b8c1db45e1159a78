"""A plan as a table and as JSON."""

from __future__ import annotations

from typing import Any

from zoo_core.cli.output import print_line, print_table
from zoo_core.common.messages import counted
from zoo_core.config.plan import Plan
from zoo_core.parts.outputs import Scoring

__all__ = ["plan_as_json", "print_plan"]

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def print_plan(plan: Plan) -> None:
    """Print the feature maps with their anchors, and the shapes and memory of what the network gives."""
    rows = [
        (str(map_), map_.channels, map_.stride, each, count)
        for map_, each, count in zip(plan.feature_maps, plan.anchors_per_cell, plan.anchors_per_map, strict=True)
    ]
    print_table(rows, ("map", "channels", "stride", "anchors per cell", "anchors"), indent=2)
    if plan.backbone_maps != plan.feature_maps:
        print_line(f"  of the backbone's {', '.join(map(str, plan.backbone_maps))}")
    print_line()
    print_table(
        [
            ("input", f"(B, 3, {plan.input_size.height}, {plan.input_size.width})"),
            ("scores", f"(B, {', '.join(map(str, plan.score_shape))})  {_scores_in_words(plan)}"),
            ("offsets", f"(B, {', '.join(map(str, plan.offset_shape))})"),
            ("memory", f"{_size(plan.output_bytes)} an image for maps, scores and offsets"),
        ],
        indent=2,
    )


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """The same as numbers."""
    maps = zip(plan.feature_maps, plan.anchors_per_cell, plan.anchors_per_map, strict=True)
    return {
        "input_size": str(plan.input_size),
        "feature_maps": [{**map_._asdict(), "anchors_per_cell": each, "anchors": count} for map_, each, count in maps],
        "backbone_maps": [map_._asdict() for map_ in plan.backbone_maps],
        "anchors": plan.anchor_count,
        "scoring": plan.scoring,
        "score_shape": plan.score_shape,
        "offset_shape": plan.offset_shape,
        "output_bytes": plan.output_bytes,
    }


def _scores_in_words(plan: Plan) -> str:
    classes = counted(plan.class_count, "class", "classes")
    return {
        Scoring.SOFTMAX: f"{classes} and the background",
        Scoring.SIGMOID: f"{classes}, each by itself",
        Scoring.OBJECTNESS: f"objectness and {classes}",
    }[plan.scoring]


def _size(count: int) -> str:
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {_UNITS[unit]}"
