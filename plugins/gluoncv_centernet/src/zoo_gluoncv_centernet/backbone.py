"""The backbone of GluonCV's CenterNet, made from GluonCV's own classification network without any download.

Its layers are counted as in GluonCV's CenterNet: ``base_network.base_network.X`` there is ``features.X`` here.
"""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import import_quietly, mx
from zoo_gluoncv_centernet.backbone_settings import ResNetV1bSettings
from zoo_gluoncv_ssd.classifier_backbone import ClassifierBackbone, each_output
from zoo_gluoncv_ssd.initializers import give_initializers

__all__ = ["ResNetV1b"]

model_zoo: Any = import_quietly("gluoncv.model_zoo")

_LAYERS = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
_MAPS = 3
"""So many of the last of these make the maps."""


class ResNetV1b(ClassifierBackbone):
    """The layers of a classification network before its pooling; see `ResNetV1bSettings`."""

    def __init__(self, settings: ResNetV1bSettings) -> None:
        super().__init__(settings.network)
        with self.name_scope():
            network = model_zoo.get_model(settings.network, pretrained=False)
        self.features = mx.gluon.nn.HybridSequential()
        self.features.add(*(getattr(network, name) for name in _LAYERS))
        give_initializers(self.features)

    def hybrid_forward(self, F: Any, images: Any) -> list[Any]:  # noqa: N803, ARG002  # gluon's name
        """Feature maps (B, C_k, H_k, W_k) of normalised RGB images (B, 3, H, W)."""
        return each_output(self.features, images)[-_MAPS:]
