"""The network of a detector: a backbone, and two convolutions on each of its maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.promises import run_first
from zoo_core.registry.registry import make

__all__ = ["DetectionNetwork", "new_network"]


class DetectionNetwork(mx.gluon.HybridBlock):
    """Class scores and box offsets of every anchor.

    Args:
        backbone: gives one map for each entry of `anchors_per_cell`.
        anchors_per_cell: of each feature map.
        class_count: number of classes without the background.
        kernel: side of the predictors' kernel; odd.
    """

    def __init__(self, backbone: Any, anchors_per_cell: Sequence[int], class_count: int, kernel: int = 3) -> None:
        super().__init__()
        self._class_count = class_count
        self.backbone = backbone
        self.class_predictors = _predictors([each * (class_count + 1) for each in anchors_per_cell], kernel)
        self.box_predictors = _predictors([each * 4 for each in anchors_per_cell], kernel)

    def hybrid_forward(self, F: Any, images: Any) -> tuple[Any, Any]:  # noqa: N803  # gluon's name
        """Scores (B, N, C + 1) before softmax and offsets (B, N, 4) of normalised RGB images (B, 3, H, W)."""
        maps = self.backbone(images)
        scores = [_by_anchor(F, predictor(map_)) for predictor, map_ in zip(self.class_predictors, maps, strict=True)]
        offsets = [_by_anchor(F, predictor(map_)) for predictor, map_ in zip(self.box_predictors, maps, strict=True)]
        return (
            F.concat(*scores, dim=1).reshape((0, -1, self._class_count + 1)),
            F.concat(*offsets, dim=1).reshape((0, -1, 4)),
        )


def _predictors(channels: Sequence[int], kernel: int) -> Any:
    layers = mx.gluon.nn.HybridSequential()
    for each in channels:
        layers.add(mx.gluon.nn.Conv2D(each, kernel, padding=kernel // 2, weight_initializer=mx.init.Xavier()))
    return layers


def _by_anchor(F: Any, predictions: Any) -> Any:  # noqa: N803
    """Channels last, so that the numbers of one anchor stand together, in the order of `Anchors`."""
    return F.flatten(F.transpose(predictions, axes=(0, 2, 3, 1)))


def new_network(config: DetectorConfig, device: Any) -> DetectionNetwork:
    """The network of a configuration with fresh weights, which depend on ``training.seed`` alone.

    Raises:
        PluginError: the backbone fails, or gives other feature maps than its settings promise.
    """
    shapes = plan(config)
    mx.random.seed(config.training.seed)
    network = DetectionNetwork(make(config.backbone), shapes.anchors_per_cell, shapes.class_count, config.head.kernel)
    network.initialize(ctx=device)
    # The first pass determines the shapes of all weights.
    run_first(network, mx.nd.zeros((1, 3, *config.input_size), ctx=device), config.backbone, shapes.feature_maps)
    return network
