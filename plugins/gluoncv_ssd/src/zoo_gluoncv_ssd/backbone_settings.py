"""The light halves of the backbones that GluonCV builds by hand for SSD."""

from abc import abstractmethod
from typing import Literal

from zoo_core.plugin_api import BackboneSettings, FeatureMap, ImageSize
from zoo_gluoncv_ssd.shapes import Stage, Window, feature_maps, smallest_input

__all__ = ["GluonCVBackboneSettings", "ResNet34V1bSettings", "Vgg16AtrousSettings"]

_POOL = Window(kernel=2, stride=2, round_up=True)
_HALVE = Window(kernel=3, stride=2, padding=1)


class GluonCVBackboneSettings(BackboneSettings):
    """A backbone whose shapes follow from a list of stages, one for each feature map."""

    @abstractmethod
    def stages(self) -> tuple[Stage, ...]:
        """The windows and the output channels of the network, feature map by feature map."""

    def feature_maps(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """The exact shapes that the network gives for images of this size."""
        return feature_maps(self.stages(), image)

    def smallest_input(self) -> ImageSize:
        """The smallest height and the smallest width with which the network can run."""
        return smallest_input(self.stages())


class Vgg16AtrousSettings(GluonCVBackboneSettings):
    """VGG-16 whose fully connected layers are a dilated convolution, and extra layers after it.

    It has no batch norm, and multiplies its input by 255 times ImageNet's standard
    deviations, because its published weights come from Caffe.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016; GluonCV 0.10.5,
    gluoncv/model_zoo/ssd/vgg_atrous.py.
    """

    name: Literal["vgg16_atrous"] = "vgg16_atrous"
    variant: Literal[300, 512] = 300
    """Which extra layers: those for images of about 300 pixels (6 maps) or of about 512 (7 maps).
    Both run at every size from 257x257 on."""

    def stages(self) -> tuple[Stage, ...]:
        """Three pools to the first map, one to the second, then one extra block to each further map."""
        return (Stage(512, (_POOL,) * 3), Stage(1024, (_POOL,)), *_VGG_EXTRAS[self.variant])


_VGG_EXTRAS: dict[int, tuple[Stage, ...]] = {
    300: (
        Stage(512, (_HALVE,)),
        Stage(256, (_HALVE,)),
        Stage(256, (Window(kernel=3),)),
        Stage(256, (Window(kernel=3),)),
    ),
    512: (
        Stage(512, (_HALVE,)),
        Stage(256, (_HALVE,)),
        Stage(256, (_HALVE,)),
        Stage(256, (_HALVE,)),
        Stage(256, (Window(kernel=4, padding=1),)),
    ),
}


class ResNet34V1bSettings(GluonCVBackboneSettings):
    """ResNet-34 v1b whose third stage keeps the size, so that its maps begin at stride 8.

    Source: He et al., Deep Residual Learning for Image Recognition, 2016; GluonCV 0.10.5,
    gluoncv/model_zoo/ssd/resnet_v1b_ssd.py.
    """

    name: Literal["resnet34_v1b"] = "resnet34_v1b"

    def stages(self) -> tuple[Stage, ...]:
        """The stem and two stages, two more stages, then one extra block to each further map."""
        stem = (Window(kernel=7, stride=2, padding=3), _HALVE)
        return (
            Stage(128, (*stem, _HALVE)),
            Stage(512, (_HALVE,)),
            Stage(256, (_HALVE,)),
            Stage(256, (_HALVE,)),
            Stage(128, (_HALVE,)),
            Stage(128, (Window(kernel=3, stride=2),)),
        )
