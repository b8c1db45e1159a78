"""The parts of RetinaNet and FCOS keep every promise of their kind."""

from zoo_core.testing import AnchorContract, EncoderContract, HeadContract, LossContract, NeckContract
from zoo_dense.fcos_settings import FcosAnchorSettings, FcosEncoderSettings, FcosLossSettings
from zoo_dense.fpn_settings import FpnSettings
from zoo_dense.retinanet_settings import RetinaNetAnchorSettings, RetinaNetEncoderSettings, RetinaNetLossSettings
from zoo_dense.towers_settings import TowersSettings


class TestFpn(NeckContract):
    settings = FpnSettings(channels=8), FpnSettings(channels=8, extra_maps=1, extra_from="neck")


class TestTowers(HeadContract):
    settings = TowersSettings(depth=1, channels=8, scales=True)


class TestRetinaNetAnchors(AnchorContract):
    settings = RetinaNetAnchorSettings()


class TestFcosAnchors(AnchorContract):
    settings = FcosAnchorSettings()


class TestRetinaNetEncoder(EncoderContract):
    settings = RetinaNetEncoderSettings(), RetinaNetEncoderSettings(low_quality=False, stds=(0.1, 0.1, 0.2, 0.2))


class TestFcosEncoder(EncoderContract):
    settings = FcosEncoderSettings(), FcosEncoderSettings(radius=None)


class TestRetinaNetLoss(LossContract):
    settings = RetinaNetLossSettings(), RetinaNetLossSettings(beta=0, gamma=0)


class TestFcosLoss(LossContract):
    settings = FcosLossSettings()
