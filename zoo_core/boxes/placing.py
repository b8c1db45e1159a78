"""The anchors of a detector: what its generator makes of its feature maps, with the cells on which they stand."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from zoo_core.boxes.boxes import Anchors
from zoo_core.common.errors import PluginError, ZooError
from zoo_core.common.messages import listed
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import Plan, plan
from zoo_core.parts.components import AnchorSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.parts.promises import broken_promise
from zoo_core.registry.registry import make

__all__ = ["AnchorsBySize", "place"]

_SIZES = 32
"""Of so many sizes of the network's input the anchors are kept."""


class AnchorsBySize:
    """The anchors of a detector at any size of the network's input: called with one, it gives them.

    It can be sent to another process, which needs no plugin to be found there.

    Args:
        config: configuration of the detector.

    Raises:
        PluginError: the generator cannot be made; when it is called, as `place`.
    """

    def __init__(self, config: DetectorConfig) -> None:
        self.__setstate__((config, make(config.anchors)))

    def __getstate__(self) -> tuple[DetectorConfig, Any]:
        return self._config, self._generator

    def __setstate__(self, state: tuple[DetectorConfig, Any]) -> None:
        self._config, self._generator = state
        self._kept = lru_cache(_SIZES)(self._placed)

    def __call__(self, input_size: ImageSize) -> Anchors:
        """Those of this size."""
        return self._kept(input_size)

    def _placed(self, input_size: ImageSize) -> Anchors:
        return _placed(self._generator, self._config.anchors, plan(self._config, input_size))


def place(settings: AnchorSettings, plan: Plan) -> Anchors:
    """The anchors that a generator places on the feature maps of a plan; they know their cells.

    Raises:
        PluginError: it fails, or gives something else than its settings promise.
    """
    return _placed(make(settings), settings, plan)


def _placed(generator: Any, settings: AnchorSettings, plan: Plan) -> Anchors:
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            anchors: object = generator(plan.feature_maps, plan.input_size)
    except ZooError as error:
        raise PluginError(f"anchor generator {settings.name!r} fails: {reason_of(error)}") from error
    if not isinstance(anchors, Anchors):
        raise broken_promise(settings, "zoo_core.Anchors", f"a {type(anchors).__name__}")
    if len(anchors) != plan.anchor_count:
        per_cell = listed(map(str, plan.anchors_per_cell))
        promised = f"{plan.anchor_count} anchors at {plan.input_size} (in a cell of each map: {per_cell})"
        raise broken_promise(settings, promised, str(len(anchors)))
    if anchors.format is not settings.gives:
        raise broken_promise(settings, f"anchors as {settings.gives}", str(anchors.format))
    if anchors.image != plan.input_size:
        raise broken_promise(settings, f"anchors of an image of {plan.input_size}", f"those of {anchors.image}")
    if not np.isfinite(anchors.boxes).all():
        raise broken_promise(settings, "boxes", "NaN or infinite numbers")
    return replace(anchors, levels=plan.levels, indices=None)
