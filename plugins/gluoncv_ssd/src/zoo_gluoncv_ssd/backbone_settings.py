"""The light halves of GluonCV's backbones.

A further backbone made by GluonCV's FeatureExpander is one more subclass of
`ExpandedBackboneSettings`: a name, a network, and the windows up to its feature maps.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from zoo_core.components import BackboneSettings
from zoo_core.geometry import FeatureMap, ImageSize
from zoo_gluoncv_ssd.shapes import Stage, Window, feature_maps, smallest_input

__all__ = ["ExpandedBackboneSettings", "GluonCVBackboneSettings", "MobileNetSettings", "Vgg16AtrousSettings"]

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


class ExpandedBackboneSettings(GluonCVBackboneSettings):
    """A classification network of GluonCV, with extra layers that each halve its last map.

    Attributes:
        network: the name of the network in GluonCV's model zoo.
        outputs: the layers of it whose outputs are feature maps.
        trunk: the way to each of these layers.
        extra_channels: of each extra feature map.
    """

    network: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]]
    trunk: ClassVar[tuple[Stage, ...]]
    extra_channels: ClassVar[tuple[int, ...]]

    def stages(self) -> tuple[Stage, ...]:
        """The trunk, then a 3x3 convolution of stride 2 for each extra map."""
        return (*self.trunk, *(Stage(channels, (_HALVE,)) for channels in self.extra_channels))


class MobileNetSettings(ExpandedBackboneSettings):
    """MobileNet v1 of full width, with extra layers: six maps from stride 16 on, for small machines.

    Source: Howard et al., MobileNets, 2017; GluonCV 0.10.5, gluoncv/model_zoo/mobilenet.py,
    expanded as in gluoncv/model_zoo/ssd/presets.py, ssd_512_mobilenet1_0_voc.
    """

    name: Literal["mobilenet1.0"] = "mobilenet1.0"
    network: ClassVar[str] = "mobilenet1.0"
    outputs: ClassVar[tuple[str, ...]] = ("relu22_fwd", "relu26_fwd")
    trunk: ClassVar[tuple[Stage, ...]] = (Stage(512, (_HALVE,) * 4), Stage(1024, (_HALVE,)))
    extra_channels: ClassVar[tuple[int, ...]] = (512, 512, 256, 256)
