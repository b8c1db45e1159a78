"""TinySSD's parts keep every promise of their kind."""

from zoo_core.testing import AnchorContract, BackboneContract, EncoderContract, LossContract
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings
from zoo_tinyssd.backbone_settings import TinySSDBackboneSettings
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings
from zoo_tinyssd.loss_settings import MultiBoxLossSettings


class TestTinySSDBackbone(BackboneContract):
    settings = TinySSDBackboneSettings(), TinySSDBackboneSettings(channels=(8, 16), first_output=1)


class TestMultiBoxPrior(AnchorContract):
    settings = MultiBoxPriorSettings(), MultiBoxPriorSettings(clip=True)


class TestMultiBoxEncoder(EncoderContract):
    settings = MultiBoxEncoderSettings()


class TestMultiBoxLoss(LossContract):
    settings = MultiBoxLossSettings(), MultiBoxLossSettings(negative_mining_ratio=3)
