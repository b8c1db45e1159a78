"""The parts of GluonCV's YOLO3 keep every promise of their kind."""

import pytest

from zoo_core.testing import (
    AnchorContract,
    BackboneContract,
    EncoderContract,
    HeadContract,
    LossContract,
    NeckContract,
)
from zoo_gluoncv_yolo.anchors_settings import YoloAnchorSettings
from zoo_gluoncv_yolo.backbone_settings import MobileNetSettings
from zoo_gluoncv_yolo.encoder_settings import YoloEncoderSettings
from zoo_gluoncv_yolo.head_settings import YoloHeadSettings
from zoo_gluoncv_yolo.loss_settings import YoloLossSettings
from zoo_gluoncv_yolo.neck_settings import YoloNeckSettings


@pytest.mark.slow
class TestMobileNet(BackboneContract):
    settings = MobileNetSettings(network="mobilenet0.25")


class TestYoloNeck(NeckContract):
    settings = YoloNeckSettings(channels=(16, 8, 8))


class TestYoloHead(HeadContract):
    settings = YoloHeadSettings()


class TestYoloAnchors(AnchorContract):
    settings = YoloAnchorSettings()


class TestYoloEncoder(EncoderContract):
    settings = YoloEncoderSettings()


class TestYoloLoss(LossContract):
    settings = YoloLossSettings(label_smoothing=True)
