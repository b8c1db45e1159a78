"""What GluonCV's CenterNet adds: a backbone, a neck, a head, points, an encoder, a loss, detectors, weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoo_core.plugin_api import Component, ForeignWeights, hookimpl
from zoo_gluoncv_centernet import published
from zoo_gluoncv_centernet.anchors_settings import CenterNetAnchorSettings
from zoo_gluoncv_centernet.backbone_settings import ResNetV1bSettings
from zoo_gluoncv_centernet.detectors import DETECTORS
from zoo_gluoncv_centernet.encoder_settings import CenterNetEncoderSettings
from zoo_gluoncv_centernet.head_settings import CenterNetHeadSettings
from zoo_gluoncv_centernet.loss_settings import CenterNetLossSettings
from zoo_gluoncv_centernet.neck_settings import CenterNetNeckSettings

__all__ = ["zoo_components", "zoo_detectors", "zoo_weights"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Everything that GluonCV's CenterNet is made of."""
    return [
        Component(ResNetV1bSettings, "zoo_gluoncv_centernet.backbone:ResNetV1b"),
        Component(CenterNetNeckSettings, "zoo_gluoncv_centernet.neck:CenterNetNeck"),
        Component(CenterNetAnchorSettings, "zoo_gluoncv_centernet.anchors:CenterNetAnchors"),
        Component(CenterNetHeadSettings, "zoo_gluoncv_centernet.head:CenterNetHead"),
        Component(CenterNetEncoderSettings, "zoo_gluoncv_centernet.encoder:CenterNetEncoder"),
        Component(CenterNetLossSettings, "zoo_gluoncv_centernet.loss:CenterNetLoss"),
    ]


@hookimpl
def zoo_detectors() -> Mapping[str, Mapping[str, Any]]:
    """CenterNet as GluonCV registers it under these names, and for classes of one's own."""
    return DETECTORS


@hookimpl
def zoo_weights() -> Iterable[ForeignWeights]:
    """Files that GluonCV wrote of its CenterNet, and the weights in its store."""
    return [
        ForeignWeights(
            "gluoncv",
            names_here="zoo_gluoncv_centernet.weight_names:names_here",
            published=published.DETECTORS,
            fetch="zoo_gluoncv_ssd.store:fetch",
        )
    ]
