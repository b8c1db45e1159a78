"""The parts of GluonCV's SSD keep every promise of their kind; the backbones not named here, in the slow tests."""

from zoo_core.registry import default_registry, settings_from
from zoo_core.testing import AnchorContract, BackboneContract, EncoderContract, LossContract
from zoo_gluoncv_ssd.anchors_settings import SSDAnchorSettings
from zoo_gluoncv_ssd.encoder_settings import SSDEncoderSettings
from zoo_gluoncv_ssd.loss_settings import SSDMultiBoxLossSettings


class TestBackbones(BackboneContract):
    settings = tuple(settings_from(default_registry(), "backbone", name) for name in ("mobilenet1.0", "vgg16_atrous"))


class TestSSDAnchors(AnchorContract):
    settings = SSDAnchorSettings()


class TestSSDEncoder(EncoderContract):
    settings = SSDEncoderSettings()


class TestSSDMultiBoxLoss(LossContract):
    settings = SSDMultiBoxLossSettings(), SSDMultiBoxLossSettings(min_hard_negatives=3, rho=0.5)
