"""The parts of GluonCV's SSD keep every promise of their kind.

Of the backbones the one for small machines is here; the slow tests of what is installed have them all.
"""

from zoo_core.testing import AnchorContract, BackboneContract, EncoderContract, LossContract
from zoo_gluoncv_ssd.anchors_settings import SSDAnchorSettings, SSDLiteAnchorSettings
from zoo_gluoncv_ssd.encoder_settings import SSDEncoderSettings
from zoo_gluoncv_ssd.expanded_settings import MobileNetQuarterSettings
from zoo_gluoncv_ssd.loss_settings import SSDMultiBoxLossSettings


class TestMobileNet(BackboneContract):
    settings = MobileNetQuarterSettings()


class TestSSDAnchors(AnchorContract):
    settings = SSDAnchorSettings()


class TestSSDLiteAnchors(AnchorContract):
    settings = SSDLiteAnchorSettings()


class TestSSDEncoder(EncoderContract):
    settings = SSDEncoderSettings()


class TestSSDMultiBoxLoss(LossContract):
    settings = SSDMultiBoxLossSettings(), SSDMultiBoxLossSettings(min_hard_negatives=3, rho=0.5)
