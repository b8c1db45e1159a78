"""What GluonCV's SSD adds to the zoo: backbones, anchors, an encoder, a loss, detectors and their weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoo_core.plugin_api import Component, ForeignWeights, hookimpl
from zoo_gluoncv_ssd import published
from zoo_gluoncv_ssd.anchors_settings import SSDAnchorSettings, SSDLiteAnchorSettings
from zoo_gluoncv_ssd.backbone_settings import ResNet34V1bSettings, Vgg16AtrousSettings
from zoo_gluoncv_ssd.detectors import DETECTORS
from zoo_gluoncv_ssd.encoder_settings import SSDEncoderSettings
from zoo_gluoncv_ssd.expanded_settings import EXPANDED
from zoo_gluoncv_ssd.loss_settings import SSDMultiBoxLossSettings

__all__ = ["zoo_components", "zoo_detectors", "zoo_weights"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """Everything that GluonCV's SSD is made of."""
    return [
        Component(Vgg16AtrousSettings, "zoo_gluoncv_ssd.backbones:Vgg16Atrous"),
        Component(ResNet34V1bSettings, "zoo_gluoncv_ssd.backbones:ResNet34V1b"),
        *(Component(settings, "zoo_gluoncv_ssd.backbones:ExpandedBackbone") for settings in EXPANDED),
        Component(SSDAnchorSettings, "zoo_gluoncv_ssd.anchors:SSDAnchors"),
        Component(SSDLiteAnchorSettings, "zoo_gluoncv_ssd.anchors:SSDLiteAnchors"),
        Component(SSDEncoderSettings, "zoo_gluoncv_ssd.encoder:SSDEncoder"),
        Component(SSDMultiBoxLossSettings, "zoo_gluoncv_ssd.loss:SSDMultiBoxLoss"),
    ]


@hookimpl
def zoo_detectors() -> Mapping[str, Mapping[str, Any]]:
    """SSD as GluonCV registers it under these names."""
    return DETECTORS


@hookimpl
def zoo_weights() -> Iterable[ForeignWeights]:
    """Files that GluonCV wrote of its SSD, and the weights in its store."""
    return [
        ForeignWeights(
            "gluoncv",
            names_here="zoo_gluoncv_ssd.weight_names:names_here",
            published=(*published.DETECTORS, *published.CLASSIFIERS),
            fetch="zoo_gluoncv_ssd.store:fetch",
        )
    ]
