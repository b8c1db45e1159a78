"""What GluonCV's YOLO3 adds to the zoo: backbones, a neck, a head, anchors, an encoder, a loss, detectors, weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoo_core.plugin_api import Component, ForeignWeights, hookimpl
from zoo_gluoncv_yolo import published
from zoo_gluoncv_yolo.anchors_settings import YoloAnchorSettings
from zoo_gluoncv_yolo.backbone_settings import DarkNet53Settings, MobileNetSettings
from zoo_gluoncv_yolo.detectors import DETECTORS
from zoo_gluoncv_yolo.encoder_settings import YoloEncoderSettings
from zoo_gluoncv_yolo.head_settings import YoloHeadSettings
from zoo_gluoncv_yolo.loss_settings import YoloLossSettings
from zoo_gluoncv_yolo.neck_settings import YoloNeckSettings

__all__ = ["zoo_components", "zoo_detectors", "zoo_weights"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Everything that GluonCV's YOLO3 is made of."""
    return [
        Component(DarkNet53Settings, "zoo_gluoncv_yolo.backbones:DarkNet53"),
        Component(MobileNetSettings, "zoo_gluoncv_yolo.backbones:MobileNet"),
        Component(YoloNeckSettings, "zoo_gluoncv_yolo.neck:YoloNeck"),
        Component(YoloAnchorSettings, "zoo_gluoncv_yolo.anchors:YoloAnchors"),
        Component(YoloHeadSettings, "zoo_gluoncv_yolo.head:YoloHead"),
        Component(YoloEncoderSettings, "zoo_gluoncv_yolo.encoder:YoloEncoder"),
        Component(YoloLossSettings, "zoo_gluoncv_yolo.loss:YoloLoss"),
    ]


@hookimpl
def zoo_detectors() -> Mapping[str, Mapping[str, Any]]:
    """YOLO3 as GluonCV registers it under these names."""
    return DETECTORS


@hookimpl
def zoo_weights() -> Iterable[ForeignWeights]:
    """Files that GluonCV wrote of its YOLO3, and the weights in its store."""
    return [
        ForeignWeights(
            "gluoncv",
            names_here="zoo_gluoncv_yolo.weight_names:names_here",
            published=published.DETECTORS,
            fetch="zoo_gluoncv_ssd.store:fetch",
        )
    ]
