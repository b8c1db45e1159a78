"""CenterNet's neck; its layers are counted as in GluonCV, in files (``deconv.X``) and in its graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.plugin_api import FeatureMap, import_quietly, mx
from zoo_gluoncv_centernet.neck_settings import CenterNetNeckSettings
from zoo_gluoncv_ssd.initializers import give_initializers

__all__ = ["CenterNetNeck"]

deconv_resnet: Any = import_quietly("gluoncv.model_zoo.center_net.deconv_resnet")


class CenterNetNeck(mx.gluon.HybridBlock):
    """Convolutions and transposed convolutions, by turns; see `CenterNetNeckSettings`."""

    def __init__(self, settings: CenterNetNeckSettings, maps: Sequence[FeatureMap]) -> None:
        super().__init__()
        nn, inputs = mx.gluon.nn, maps[-1].channels
        with self.name_scope():
            self.deconv = nn.HybridSequential()
            for channels in settings.channels:
                double = {"strides": 2, "padding": 1, "use_bias": False}
                bilinear = deconv_resnet.BilinearUpSample()
                for layer in (
                    nn.Conv2D(channels, 3, padding=1, in_channels=inputs),
                    nn.Conv2DTranspose(channels, 4, in_channels=channels, weight_initializer=bilinear, **double),
                ):
                    self.deconv.add(layer, nn.BatchNorm(in_channels=channels), nn.Activation("relu"))
                inputs = channels
        give_initializers(self)

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> list[Any]:  # noqa: N803, ARG002  # gluon's name
        """The map (B, C, H, W) that is made of the last, alone in a list."""
        return [self.deconv(maps[-1])]
