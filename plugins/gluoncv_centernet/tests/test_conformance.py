"""The parts of GluonCV's CenterNet keep every promise of their kind."""

import pytest

from zoo_core.testing import (
    AnchorContract,
    BackboneContract,
    EncoderContract,
    HeadContract,
    LossContract,
    NeckContract,
)
from zoo_gluoncv_centernet.anchors_settings import CenterNetAnchorSettings
from zoo_gluoncv_centernet.backbone_settings import ResNetV1bSettings
from zoo_gluoncv_centernet.encoder_settings import CenterNetEncoderSettings
from zoo_gluoncv_centernet.head_settings import CenterNetHeadSettings
from zoo_gluoncv_centernet.loss_settings import CenterNetLossSettings
from zoo_gluoncv_centernet.neck_settings import CenterNetNeckSettings


@pytest.mark.slow
class TestResNetV1b(BackboneContract):
    settings = ResNetV1bSettings(), ResNetV1bSettings(network="resnet50_v1b")


class TestCenterNetNeck(NeckContract):
    settings = CenterNetNeckSettings(channels=(8, 6))


class TestCenterNetHead(HeadContract):
    settings = CenterNetHeadSettings(channels=8)


class TestCenterNetAnchors(AnchorContract):
    settings = CenterNetAnchorSettings(), CenterNetAnchorSettings(maps=3)


class TestCenterNetEncoder(EncoderContract):
    settings = CenterNetEncoderSettings()


class TestCenterNetLoss(LossContract):
    settings = CenterNetLossSettings()
