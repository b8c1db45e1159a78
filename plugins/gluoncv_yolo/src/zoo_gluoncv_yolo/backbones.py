"""The backbones of GluonCV's YOLO3, made from GluonCV's own classification networks without any download.

Their stages are named as in GluonCV's YOLO3, so that weights go over by name: ``stages.X`` there is ``stages.X`` here.
"""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import import_quietly, mx
from zoo_gluoncv_ssd.classifier_backbone import ClassifierBackbone, each_output
from zoo_gluoncv_ssd.initializers import give_initializers
from zoo_gluoncv_yolo.backbone_settings import DarkNet53Settings, MobileNetSettings

__all__ = ["DarkNet53", "MobileNet"]

model_zoo: Any = import_quietly("gluoncv.model_zoo")


class _Stages(ClassifierBackbone):
    """The layers of a classification network, cut into stages that each give a map.

    Args:
        network: its name in GluonCV's model zoo.
        cuts: the layers that begin the second and the third stage, and the end of the third.
    """

    def __init__(self, network: str, cuts: tuple[int, int, int | None]) -> None:
        super().__init__(network)
        first, second, end = cuts
        layers = model_zoo.get_model(network, pretrained=False).features
        self.stages = mx.gluon.nn.HybridSequential()
        for stage in (layers[:first], layers[first:second], layers[second:end]):
            self.stages.add(stage)
        give_initializers(self.stages)

    def hybrid_forward(self, F: Any, images: Any) -> list[Any]:  # noqa: N803, ARG002  # gluon's name
        """Feature maps (B, C_k, H_k, W_k) of normalised RGB images (B, 3, H, W)."""
        return each_output(self.stages, images)


class DarkNet53(_Stages):
    """DarkNet-53 as three stages; see `DarkNet53Settings`."""

    def __init__(self, settings: DarkNet53Settings) -> None:  # noqa: ARG002  # every part is made from its settings
        super().__init__("darknet53", (15, 24, None))


class MobileNet(_Stages):
    """MobileNet v1 as three stages, without its pooling; see `MobileNetSettings`."""

    def __init__(self, settings: MobileNetSettings) -> None:
        super().__init__(settings.network, (33, 69, -2))
