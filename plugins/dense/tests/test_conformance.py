"""The parts of RetinaNet and FCOS keep every promise of their kind."""

from zoo_core.testing import AnchorContract, EncoderContract, HeadContract, LossContract, NeckContract
from zoo_dense.fcos_settings import FcosAnchorSettings, FcosEncoderSettings, FcosLossSettings
from zoo_dense.fpn_settings import FpnSettings
from zoo_dense.retinanet_settings import RetinaNetAnchorSettings, RetinaNetEncoderSettings, RetinaNetLossSettings
from zoo_dense.towers_settings import TowersSettings


class TestFpn(NeckContract):
    settings = FpnSettings(channels=8)


class TestTowers(HeadContract):
    settings = TowersSettings(depth=1, channels=8, scales=True)


class TestRetinaNetAnchors(AnchorContract):
    settings = RetinaNetAnchorSettings()


class TestFcosAnchors(AnchorContract):
    settings = FcosAnchorSettings()


class TestRetinaNetEncoder(EncoderContract):
    settings = RetinaNetEncoderSettings()


class TestFcosEncoder(EncoderContract):
    settings = FcosEncoderSettings()


class TestRetinaNetLoss(LossContract):
    settings = RetinaNetLossSettings()


class TestFcosLoss(LossContract):
    settings = FcosLossSettings()
