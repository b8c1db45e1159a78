"""What RetinaNet and FCOS add to the zoo: a neck, a head, anchors, encoders, losses and detectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoo_core.plugin_api import Component, hookimpl
from zoo_dense.detectors import DETECTORS
from zoo_dense.fcos_settings import FcosAnchorSettings, FcosEncoderSettings, FcosLossSettings
from zoo_dense.fpn_settings import FpnSettings
from zoo_dense.retinanet_settings import RetinaNetAnchorSettings, RetinaNetEncoderSettings, RetinaNetLossSettings
from zoo_dense.towers_settings import TowersSettings

__all__ = ["zoo_components", "zoo_detectors"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The parts of both."""
    return [
        Component(FpnSettings, "zoo_dense.fpn:Fpn"),
        Component(RetinaNetAnchorSettings, "zoo_dense.anchors:RetinaNetAnchors"),
        Component(FcosAnchorSettings, "zoo_dense.anchors:FcosAnchors"),
        Component(TowersSettings, "zoo_dense.towers:Towers"),
        Component(RetinaNetEncoderSettings, "zoo_dense.retinanet_encoder:RetinaNetEncoder"),
        Component(FcosEncoderSettings, "zoo_dense.fcos_encoder:FcosEncoder"),
        Component(RetinaNetLossSettings, "zoo_dense.losses:RetinaNetLoss"),
        Component(FcosLossSettings, "zoo_dense.losses:FcosLoss"),
    ]


@hookimpl
def zoo_detectors() -> Mapping[str, Mapping[str, Any]]:
    """RetinaNet and FCOS over networks of zoo-gluoncv-ssd."""
    return DETECTORS
