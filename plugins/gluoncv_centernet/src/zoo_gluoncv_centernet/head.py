"""CenterNet's head; its layers are counted as in GluonCV, in files (``heads.X``) and in its graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.plugin_api import ClassRows, Outputs, by_anchor, mx
from zoo_gluoncv_centernet.head_settings import CenterNetHeadSettings

__all__ = ["CenterNetHead"]

_BIAS = -2.19
"""Of the scores before anything is learned: a probability of a tenth."""


class CenterNetHead(mx.gluon.HybridBlock):
    """Three branches, for scores, sizes and places; see `CenterNetHeadSettings`."""

    def __init__(self, settings: CenterNetHeadSettings, outputs: Outputs) -> None:
        super().__init__()
        self._outputs, self._anchors = outputs, outputs.anchors_per_cell[0]
        inputs, steady = outputs.feature_maps[0].channels, mx.init.Normal(0.001)
        with self.name_scope():
            self.heads = mx.gluon.nn.HybridSequential()
            for numbers, weights, bias in (
                (outputs.scores, mx.init.Xavier(), _BIAS),
                (2, steady, 0),
                (2, steady, 0),
            ):
                self.heads.add(_branch(inputs, settings.channels, self._anchors * numbers, weights, bias))

    @property
    def class_rows(self) -> dict[str, ClassRows]:
        """Those of the last layer of the first branch."""
        return {"heads.0.2": ClassRows(self._anchors, self._outputs.scoring.before_classes)}

    def hybrid_forward(self, F: Any, maps: Sequence[Any]) -> tuple[Any, Any]:  # noqa: N803  # gluon's name
        """Scores (B, N, S) and numbers (B, N, 4) of feature maps (B, C, H_k, W_k)."""
        scores, sizes, places = (
            by_anchor(F, [branch(map_) for map_ in maps], numbers)
            for branch, numbers in zip(self.heads, (self._outputs.scores, 2, 2), strict=True)
        )
        return scores, F.concat(places, sizes, dim=2)


def _branch(inputs: int, channels: int, outputs: int, weights: Any, bias: float) -> Any:
    nn = mx.gluon.nn
    branch = nn.HybridSequential()
    branch.add(
        nn.Conv2D(channels, 3, padding=1, in_channels=inputs, weight_initializer=weights),
        nn.Activation("relu"),
        nn.Conv2D(
            outputs,
            1,
            in_channels=channels,
            weight_initializer=weights,
            bias_initializer=mx.init.Constant(bias),
        ),
    )
    return branch
