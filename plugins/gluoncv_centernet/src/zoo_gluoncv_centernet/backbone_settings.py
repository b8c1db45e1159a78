"""The light half of the backbone of GluonCV's CenterNet."""

from typing import Literal

from zoo_gluoncv_ssd.backbone_settings import GluonCVBackboneSettings
from zoo_gluoncv_ssd.shapes import Stage, Window

__all__ = ["ResNetV1bSettings"]

_HALVE = Window(kernel=3, stride=2, padding=1)
_STEM = (Window(kernel=7, stride=2, padding=3), _HALVE)
_BASIC = ("resnet18_v1b", "resnet34_v1b")


class ResNetV1bSettings(GluonCVBackboneSettings):
    """ResNet v1b without extra layers: three maps, of strides 8, 16 and 32.

    Source: He et al., Deep Residual Learning for Image Recognition, 2016; GluonCV 0.10.5,
    gluoncv/model_zoo/resnetv1b.py.
    """

    name: Literal["resnet_v1b"] = "resnet_v1b"
    network: Literal["resnet18_v1b", "resnet34_v1b", "resnet50_v1b", "resnet101_v1b", "resnet152_v1b"] = "resnet18_v1b"
    """Its name in GluonCV's model zoo."""

    def stages(self) -> tuple[Stage, ...]:
        """The stem and two stages, then one stage to each further map."""
        widening = 1 if self.network in _BASIC else 4  # the last convolution of a bottleneck
        windows = ((*_STEM, _HALVE), (_HALVE,), (_HALVE,))
        return tuple(Stage(widening * own, each) for own, each in zip((128, 256, 512), windows, strict=True))
