"""The light half: what can be set, and the shapes that follow from it. Pure Python, for every command imports it."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import PositiveInt
from zoo_core.plugin_api import FeatureMap, NeckSettings

__all__ = ["NewpartSettings"]


class NewpartSettings(NeckSettings):
    """Each feature map with what the coarser ones know added to it, all with the same channels.

    Source: Lin et al., Feature Pyramid Networks for Object Detection, 2017.
    """

    name: Literal["newpart"] = "newpart"

    channels: PositiveInt = 64
    """Channels of every feature map."""

    def feature_maps(self, maps: tuple[FeatureMap, ...]) -> tuple[FeatureMap, ...]:
        """The exact shapes that the neck gives: those of the backbone, with other channels."""
        return tuple(each._replace(channels=self.channels) for each in maps)

    def incompatibility(self, maps: tuple[FeatureMap, ...]) -> str | None:
        """A coarser map is doubled, and must then cover the finer one."""
        for fine, coarse in pairwise(maps):
            if fine.height > 2 * coarse.height or fine.width > 2 * coarse.width:
                return f"a map of {fine} is more than twice as large as the next one of {coarse}"
        return None
