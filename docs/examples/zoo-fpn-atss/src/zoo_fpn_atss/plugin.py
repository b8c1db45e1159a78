"""What the plugin gives to the zoo: a backbone, a target encoder, and a detector that has both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoo_core import Component, hookimpl

from zoo_fpn_atss.backbone_settings import PyramidSettings
from zoo_fpn_atss.encoder_settings import AtssSettings

__all__ = ["zoo_components", "zoo_detectors"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The parts: settings, and the class that is made from them."""
    return [
        Component(PyramidSettings, "zoo_fpn_atss.backbone:Pyramid"),
        Component(AtssSettings, "zoo_fpn_atss.encoder:Atss"),
    ]


@hookimpl
def zoo_detectors() -> Mapping[str, Mapping[str, Any]]:
    """A detector of these parts, and of anchors and a loss of other people."""
    return {
        "fpn_atss_shapes": {
            "summary": "A feature pyramid with ATSS at 128x128 on shapes that the zoo draws itself",
            "classes": ["circle", "square", "triangle"],
            "input_size": "128x128",
            "backbone": "fpn",
            # One square on each map, as in the paper; a share of the image's height.
            "anchors": {
                "name": "multibox_prior",
                "sizes": [[0.15], [0.25], [0.4], [0.6], [0.9]],
                "ratios": [[1], [1], [1], [1], [1]],
            },
            "targets": "atss",
            "loss": {"name": "multibox", "negative_mining_ratio": 3, "box_weight": 20},
            "data": "shapes",
            "training": {"epochs": 5, "learning_rate": 0.05, "warmup_steps": 20, "augmentation": ["flip"]},
        },
    }
