"""The light halves of the backbones that GluonCV's FeatureExpander makes of a classification network."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from zoo_gluoncv_ssd.backbone_settings import GluonCVBackboneSettings
from zoo_gluoncv_ssd.networks import stages_of
from zoo_gluoncv_ssd.shapes import Stage, Window

__all__ = [
    "EXPANDED",
    "ExpandedBackboneSettings",
    "ExpanderSettings",
    "Expansion",
    "MobileNetSettings",
    "PresetSettings",
]

_Channels = Annotated[int, Field(ge=1, le=2048)]
_HALVE = Window(kernel=3, stride=2, padding=1)


class Expansion(NamedTuple):
    """A classification network with extra layers after it.

    Attributes:
        network: its name in GluonCV's model zoo.
        outputs: the layers of it whose outputs are feature maps, the finest map first.
        extra_channels: extra channels of each extra feature map; a 3x3 convolution of stride 2 leads to each.
        transition: whether a 1x1 convolution comes before each of those.
        reduce_ratio: channels of the 1x1 convolution for each of the 3x3 one.
        min_depth: at least so many channels has the 1x1 convolution.
        batch_norm: whether batch norm follows each convolution.
    """

    network: str
    outputs: tuple[str, ...]
    extra_channels: tuple[int, ...]
    transition: bool = True
    reduce_ratio: float = 1
    min_depth: int = 128
    batch_norm: bool = True


class ExpandedBackboneSettings(GluonCVBackboneSettings):
    """A classification network of GluonCV with extra layers that each halve its last map."""

    @abstractmethod
    def expansion(self) -> Expansion:
        """The network, and what is put after it."""

    def stages(self) -> tuple[Stage, ...]:
        """The way through the network to each output, then a 3x3 convolution of stride 2 to each extra map."""
        network, outputs, extra_channels, *_ = self.expansion()
        return (*stages_of(network, outputs), *(Stage(channels, (_HALVE,)) for channels in extra_channels))


class ExpanderSettings(ExpandedBackboneSettings):
    """Any network of GluonCV's classification zoo with chosen outputs and extra layers.

    Source: GluonCV 0.10.5, gluoncv/nn/feature.py, FeatureExpander.
    """

    name: Literal["expander"] = "expander"
    network: str = "resnet50_v1"
    """The name of the network in GluonCV's model zoo. Those whose maps are made by sliding windows alone
    are known: AlexNet, DarkNet, DenseNet, GoogLeNet, Inception, MobileNet, ResNeSt, ResNet, ResNeXt, SE-ResNet,
    SENet, SqueezeNet and VGG."""
    outputs: Annotated[tuple[str, ...], Field(min_length=1, max_length=13)] = (
        "stage3_activation5",
        "stage4_activation2",
    )
    """The activations whose outputs are feature maps, the finest map first, as GluonCV calls them; a wrong one
    is answered with the last of each size."""
    extra_channels: Annotated[tuple[_Channels, ...], Field(max_length=13)] = (512, 512, 256, 256)
    """The channels of each extra map; a 3x3 convolution of stride 2 leads to each."""
    transition: bool = True
    """Whether a 1x1 convolution comes before each of those 3x3 ones."""
    reduce_ratio: Annotated[float, Field(gt=0, le=8)] = 1
    """Channels of the 1x1 convolution for each of the 3x3 one."""
    min_depth: _Channels = 128
    """The 1x1 convolution has at least so many channels."""
    batch_norm: bool = True
    """Whether batch norm follows each of the extra convolutions."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        self.stages()
        return self

    def expansion(self) -> Expansion:
        """What the settings say."""
        return Expansion(**{name: getattr(self, name) for name in Expansion._fields})


class PresetSettings(ExpandedBackboneSettings):
    """An expansion that has a name of its own."""

    preset: ClassVar[Expansion]

    def expansion(self) -> Expansion:
        """That of the preset."""
        return self.preset


_EXTRAS = (512, 512, 256, 256)
_MOBILENET_OUTPUTS = ("relu22_fwd", "relu26_fwd")


class MobileNetSettings(PresetSettings):
    """MobileNet v1 of full width, with extra layers: six maps from stride 16 on, for small machines.

    Source: Howard et al., MobileNets, 2017; GluonCV 0.10.5, gluoncv/model_zoo/mobilenet.py,
    expanded as in gluoncv/model_zoo/ssd/presets.py, ssd_512_mobilenet1_0_voc.
    """

    name: Literal["mobilenet1.0"] = "mobilenet1.0"
    preset: ClassVar[Expansion] = Expansion("mobilenet1.0", _MOBILENET_OUTPUTS, _EXTRAS)


class MobileNetLiteSettings(PresetSettings):
    """MobileNet v1 of full width, with extra layers of half as many channels.

    Source: Howard et al., MobileNets, 2017; GluonCV 0.10.5, expanded as in
    gluoncv/model_zoo/ssd/presets.py, ssd_300_mobilenet1_0_lite_coco.
    """

    name: Literal["mobilenet1.0_lite"] = "mobilenet1.0_lite"
    preset: ClassVar[Expansion] = Expansion(
        "mobilenet1.0", _MOBILENET_OUTPUTS, (512, 256, 256, 128), reduce_ratio=0.5, min_depth=64
    )


class MobileNetQuarterSettings(PresetSettings):
    """MobileNet v1 of a quarter of its width, with extra layers: the smallest.

    Source: Howard et al., MobileNets, 2017; GluonCV 0.10.5, expanded as in
    gluoncv/model_zoo/ssd/presets.py, ssd_300_mobilenet0_25_voc.
    """

    name: Literal["mobilenet0.25"] = "mobilenet0.25"
    preset: ClassVar[Expansion] = Expansion("mobilenet0.25", _MOBILENET_OUTPUTS, (256, 256, 128, 128))


class ResNet18V1Settings(PresetSettings):
    """ResNet-18 v1 with extra layers: six maps from stride 16 on.

    Source: He et al., Deep Residual Learning for Image Recognition, 2016; GluonCV 0.10.5,
    expanded as in gluoncv/model_zoo/ssd/presets.py, ssd_512_resnet18_v1_voc.
    """

    name: Literal["resnet18_v1"] = "resnet18_v1"
    preset: ClassVar[Expansion] = Expansion("resnet18_v1", ("stage3_activation1", "stage4_activation1"), _EXTRAS)


class ResNet50V1Settings(PresetSettings):
    """ResNet-50 v1 with extra layers: six maps from stride 16 on.

    Source: He et al., Deep Residual Learning for Image Recognition, 2016; GluonCV 0.10.5,
    expanded as in gluoncv/model_zoo/ssd/presets.py, ssd_512_resnet50_v1_voc.
    """

    name: Literal["resnet50_v1"] = "resnet50_v1"
    preset: ClassVar[Expansion] = Expansion("resnet50_v1", ("stage3_activation5", "stage4_activation2"), _EXTRAS)


class ResNet101V2Settings(PresetSettings):
    """ResNet-101 v2 with extra layers: six maps from stride 16 on.

    Its outputs lie inside of blocks, with a quarter of their channels: GluonCV counts them as
    if they were those of version 1, and its published weights are made for that.

    Source: He et al., Identity Mappings in Deep Residual Networks, 2016; GluonCV 0.10.5,
    expanded as in gluoncv/model_zoo/ssd/presets.py, ssd_512_resnet101_v2_voc.
    """

    name: Literal["resnet101_v2"] = "resnet101_v2"
    preset: ClassVar[Expansion] = Expansion("resnet101_v2", ("stage3_activation22", "stage4_activation2"), _EXTRAS)


class ResNet152V2Settings(PresetSettings):
    """ResNet-152 v2 with extra layers: seven maps from stride 8 on.

    Its outputs lie inside of blocks, as those of `resnet101_v2`.

    Source: He et al., Identity Mappings in Deep Residual Networks, 2016; GluonCV 0.10.5,
    expanded as in gluoncv/model_zoo/ssd/presets.py, ssd_512_resnet152_v2_voc.
    """

    name: Literal["resnet152_v2"] = "resnet152_v2"
    preset: ClassVar[Expansion] = Expansion(
        "resnet152_v2", ("stage2_activation7", "stage3_activation35", "stage4_activation2"), _EXTRAS
    )


EXPANDED: tuple[type[ExpandedBackboneSettings], ...] = (
    MobileNetSettings,
    MobileNetLiteSettings,
    MobileNetQuarterSettings,
    ResNet18V1Settings,
    ResNet50V1Settings,
    ResNet101V2Settings,
    ResNet152V2Settings,
    ExpanderSettings,
)
"""All of them, for the plugin to register."""
