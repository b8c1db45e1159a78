"""The TinySSD network."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx
from zoo_tinyssd.backbone_settings import TinySSDBackboneSettings

__all__ = ["DownSampleBlock", "TinySSDBackbone"]


class DownSampleBlock(mx.gluon.nn.HybridSequential):
    """Twice a 3x3 convolution, batch norm and ReLU, then a max pool that halves height and width."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        for _ in range(2):
            self.add(
                mx.gluon.nn.Conv2D(channels, kernel_size=3, padding=1, weight_initializer=mx.init.Xavier()),
                mx.gluon.nn.BatchNorm(),
                mx.gluon.nn.Activation("relu"),
            )
        self.add(mx.gluon.nn.MaxPool2D(2))


class TinySSDBackbone(mx.gluon.HybridBlock):
    """Down-sample blocks and a global max pool; see `TinySSDBackboneSettings`."""

    def __init__(self, settings: TinySSDBackboneSettings) -> None:
        super().__init__()
        self._first_output = settings.first_output
        self.blocks = mx.gluon.nn.HybridSequential()
        self.blocks.add(*(DownSampleBlock(channels) for channels in settings.channels))
        self.pool = mx.gluon.nn.GlobalMaxPool2D()

    def hybrid_forward(self, F: Any, images: Any) -> list[Any]:  # noqa: N803, ARG002  # gluon's name
        """Feature maps (B, C_k, H_k, W_k) of images (B, 3, H, W)."""
        outputs = []
        for depth, block in enumerate(self.blocks, start=1):
            images = block(images)
            if depth >= self._first_output:
                outputs.append(images)
        return [*outputs, self.pool(images)]
