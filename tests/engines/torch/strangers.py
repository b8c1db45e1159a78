"""Parts as strangers write them: all that gluon allows and the zoo's own parts do without."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from zoo_core.engines.gluon import mx
from zoo_core.parts.components import BackboneSettings, Component, FeatureMap, ImageSize, LossSettings
from zoo_core.registry.hookspecs import hookimpl

nn = mx.gluon.nn


class StrangeBackbone(BackboneSettings):
    """Two feature maps.

    Source: nobody.
    """

    name: Literal["strange"] = "strange"
    asks_for_shapes: bool = False

    def feature_maps(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        return tuple(FeatureMap(4, -(-image.height // k), -(-image.width // k), k) for k in (2, 4))

    def smallest_input(self) -> ImageSize:
        return ImageSize(4, 4)


class StrangeLoss(LossSettings):
    """Weighs classes, and reads no mask."""

    name: Literal["strange"] = "strange"


class Strange(mx.gluon.HybridBlock):
    """Layers named like methods of PyTorch, shared, fixed, faster, stopped and unread weights, and constants."""

    def __init__(self, settings: StrangeBackbone) -> None:
        super().__init__()
        self.asks_for_shapes = settings.asks_for_shapes
        self.half = nn.Conv2D(4, 3, 2, 1, in_channels=3)
        self.type = nn.Conv2D(4, 3, 1, 1, in_channels=4)
        self.modules = nn.Conv2D(4, 3, 1, 1, in_channels=4, params=self.type.params)
        self.norm = nn.BatchNorm(in_channels=4, center=False, scale=False)
        self.last = nn.Conv2D(4, 3, 2, 1, in_channels=4)
        self.output = nn.Dense(10, in_units=4)
        self.double = self.params.get_constant("double", np.full((1, 4, 1, 1), 1.5, np.float32))
        self.fixed = self.params.get("fixed", shape=(1, 4, 1, 1), init=mx.init.Constant(0.7), grad_req="null")
        self.fast = self.params.get("fast", shape=(1, 4, 1, 1), init="ones", lr_mult=10)

    def hybrid_forward(self, F: Any, images: Any, double: Any, fixed: Any, fast: Any) -> list[Any]:  # noqa: N803
        maps = F.BlockGrad(self.half(images))
        if self.asks_for_shapes:
            maps = maps.reshape((images.shape[0], 0, 0, -1))
        seen = F.reshape(maps, shape=(0, 0, 0, -1))
        maps = F.Activation(maps, act_type="relu") + 0.3 * seen
        maps = F.broadcast_mul(F.broadcast_mul(F.broadcast_mul(maps, double), fixed), fast)
        maps = F.broadcast_add(maps, F.reshape(F.arange(4), shape=(1, 4, 1, 1)) / 9)
        maps = self.norm(self.modules(F.clip(self.type(maps), -1, float("inf"))))
        return [maps, self.last(F.relu(maps))]


class WeighedLoss(mx.gluon.HybridBlock):
    """Cross-entropy with soft labels of whole numbers."""

    def __init__(self, settings: StrangeLoss) -> None:  # noqa: ARG002
        super().__init__()
        self.weights = self.params.get_constant("weights", np.array([[[0.1, 1, 2, 3]]], np.float32))

    def hybrid_forward(self, F: Any, scores: Any, offsets: Any, *targets: Any, weights: Any) -> Any:  # noqa: N803
        classes, wanted, _ = targets
        hot = F.one_hot(F.cast(F.relu(classes), dtype="int32"), depth=4, on_value=0.9, off_value=0.03)
        of_classes = F.broadcast_mul(F.log_softmax(scores, axis=-1) * hot, weights)
        of_boxes = F.broadcast_mul(F.abs(offsets - wanted), F.expand_dims(classes > 0, axis=-1))
        return -F.mean(of_classes, axis=0, exclude=True), F.mean(of_boxes, axis=0, exclude=True)


@hookimpl
def zoo_components() -> list[Component]:
    here = "tests.engines.torch.strangers"
    return [Component(StrangeBackbone, f"{here}:Strange"), Component(StrangeLoss, f"{here}:WeighedLoss")]
