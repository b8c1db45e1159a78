"""The network of a detector: a backbone, a neck where there is one, and a head."""

from __future__ import annotations

from typing import Any

from zoo_core.common.errors import PluginError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.promises import run_first
from zoo_core.registry.registry import make

__all__ = ["DetectionNetwork", "network_of", "new_network"]


class DetectionNetwork(mx.gluon.HybridBlock):
    """Scores and four numbers of every anchor.

    Args:
        backbone: from images to feature maps.
        head: from feature maps to scores and numbers. Its children stand under their own names among the parameters
            of the network, and may be asked of it: ``network.class_predictors``.
        neck: from feature maps to others; None where the head takes those of the backbone.

    Raises:
        PluginError: a child of the head has the name of another part.
    """

    def __init__(self, backbone: Any, head: Any, neck: Any = None) -> None:
        super().__init__()
        self.backbone = backbone
        self.neck = neck
        self.head = head
        if taken := {"backbone", "neck"} & head._children.keys():  # noqa: SLF001  # gluon has no other way
            raise PluginError(f"head {type(head).__name__} has a child named {taken.pop()!r}, as is another part")

    def __getattr__(self, name: str) -> Any:
        head = self.__dict__.get("head")
        if head is None or name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(head, name)

    def hybrid_forward(self, F: Any, images: Any) -> tuple[Any, Any]:  # noqa: N803, ARG002  # gluon's name
        """Scores (B, N, S) before softmax or sigmoid and numbers (B, N, 4) of normalised RGB images (B, 3, H, W)."""
        maps = self.backbone(images)
        scores, numbers = self.head(maps if self.neck is None else self.neck(maps))
        return scores, numbers

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Any]:
        """The names of parameters in files: those of the head without a prefix, as when all heads were SSD's."""
        start, named = f"{prefix}." if prefix else "", dict[str, Any]()
        for name, child in self._children.items():
            named |= child._collect_params_with_prefix(prefix if name == "head" else f"{start}{name}")  # noqa: SLF001
        return named


def network_of(config: DetectorConfig) -> DetectionNetwork:
    """The network of a configuration; its parameters are not initialised."""
    shapes = plan(config)
    backbone = make(config.backbone)
    neck = None if config.neck is None else make(config.neck, shapes.backbone_maps)
    return DetectionNetwork(backbone, make(config.head, shapes.outputs), neck)


def new_network(config: DetectorConfig, device: Any) -> DetectionNetwork:
    """The network of a configuration with fresh weights, which depend on ``training.seed`` alone.

    Raises:
        PluginError: a part fails, or gives something else than its settings promise.
    """
    shapes = plan(config)
    mx.random.seed(config.training.seed)
    network = network_of(config)
    network.initialize(ctx=device)
    # The first pass determines the shapes of all weights.
    run_first(network, mx.nd.zeros((1, 3, *config.input_size), ctx=device), config, shapes)
    return network
