"""GluonCV's backbones, made from GluonCV's own blocks without any download.

The parameters of `features` are named as in GluonCV's SSD, so that its weights map one to
one: ``features.X`` of GluonCV is ``features.X`` here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from zoo_core.plugin_api import import_quietly, match_names, mx, parameter_names
from zoo_gluoncv_ssd.backbone_settings import ResNet34V1bSettings, Vgg16AtrousSettings
from zoo_gluoncv_ssd.classifier_backbone import ClassifierBackbone
from zoo_gluoncv_ssd.classifiers import Arrays, vgg16_atrous
from zoo_gluoncv_ssd.expanded_settings import ExpandedBackboneSettings
from zoo_gluoncv_ssd.initializers import give_initializers

__all__ = ["ExpandedBackbone", "ResNet34V1b", "Vgg16Atrous"]

feature: Any = import_quietly("gluoncv.nn.feature")
resnet_v1b_ssd: Any = import_quietly("gluoncv.model_zoo.ssd.resnet_v1b_ssd")
vgg_atrous: Any = import_quietly("gluoncv.model_zoo.ssd.vgg_atrous")


_INPUT_GAIN = 255 * 0.226
"""By how much VGG's `init_scale` multiplies a normalised image, on average of the three channels."""


class _Features(ClassifierBackbone):
    """Passes images to `features`, a block of GluonCV, and gives its maps as a list."""

    features: Any

    def from_classifier(self, stored: Arrays) -> dict[str, NDArray[Any]] | None:
        """See `ClassifierBackbone.from_classifier`; the file may also be of these features alone."""
        names = parameter_names(self).values()
        alone = match_names(stored, {name.removeprefix("features."): name for name in names})
        if len(alone) == len(stored):  # as GluonCV publishes vgg16_atrous
            return {name: stored[each] for each, name in alone.items()}
        return super().from_classifier(stored)

    def hybrid_forward(self, F: Any, images: Any) -> list[Any]:  # noqa: N803, ARG002  # gluon's name
        """Feature maps (B, C_k, H_k, W_k) of normalised RGB images (B, 3, H, W)."""
        return list(self.features(images))


class Vgg16Atrous(_Features):
    """VGG-16 with dilation and extra layers; see `Vgg16AtrousSettings`."""

    def __init__(self, settings: Vgg16AtrousSettings) -> None:
        super().__init__("vgg16")
        with self.name_scope():
            self.features = vgg_atrous.get_vgg_atrous_extractor(16, settings.variant)
        # The network multiplies its input by about 57, for the sake of Caffe's weights. Fresh
        # weights take that back, or else training from scratch ends in NaN within a few steps.
        self.features.stages[0][0].weight.init = mx.init.Xavier("gaussian", "out", 2 / _INPUT_GAIN**2)

    def _from_whole(self, stored: Arrays, names: Mapping[str, str]) -> dict[str, NDArray[Any]] | None:
        return vgg16_atrous(stored, names)


class ResNet34V1b(_Features):
    """ResNet-34 v1b with extra layers; see `ResNet34V1bSettings`."""

    def __init__(self, settings: ResNet34V1bSettings) -> None:  # noqa: ARG002  # every part is made from its settings
        super().__init__("resnet34_v1b")
        with self.name_scope():
            self.features = resnet_v1b_ssd.resnet34_v1b_ssd(pretrained=False)
        give_initializers(self.features)


class ExpandedBackbone(_Features):
    """A classification network with extra layers; see `Expansion`."""

    def __init__(self, settings: ExpandedBackboneSettings) -> None:
        expansion = settings.expansion()
        super().__init__(expansion.network)
        with self.name_scope():
            self.features = feature.FeatureExpander(
                network=expansion.network,
                outputs=expansion.outputs,
                num_filters=expansion.extra_channels,
                use_1x1_transition=expansion.transition,
                use_bn=expansion.batch_norm,
                reduce_ratio=expansion.reduce_ratio,
                min_depth=expansion.min_depth,
                # With its type said, MXNet does not warn that it had to guess it.
                inputs=[mx.sym.var("data", dtype="float32")],
            )
        give_initializers(self.features)
