"""What TinySSD adds to the zoo: four parts and three detectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoo_core.plugin_api import Component, hookimpl
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings
from zoo_tinyssd.backbone_settings import TinySSDBackboneSettings
from zoo_tinyssd.detectors import DETECTORS
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings
from zoo_tinyssd.loss_settings import MultiBoxLossSettings

__all__ = ["zoo_components", "zoo_detectors"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The backbone, anchors, encoder and loss of the book."""
    return [
        Component(TinySSDBackboneSettings, "zoo_tinyssd.backbone:TinySSDBackbone"),
        Component(MultiBoxPriorSettings, "zoo_tinyssd.anchors:MultiBoxPrior"),
        Component(MultiBoxEncoderSettings, "zoo_tinyssd.encoder:MultiBoxEncoder"),
        Component(MultiBoxLossSettings, "zoo_tinyssd.loss:MultiBoxLoss"),
    ]


@hookimpl
def zoo_detectors() -> Mapping[str, Mapping[str, Any]]:
    """TinySSD at three sizes."""
    return DETECTORS
