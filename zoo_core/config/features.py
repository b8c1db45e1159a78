"""Backbone and neck together: what makes feature maps of an image."""

from __future__ import annotations

from dataclasses import dataclass

from zoo_core.parts.components import BackboneSettings, NeckSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.questions import ask

__all__ = ["Features"]


@dataclass(frozen=True)
class Features:
    """What makes the feature maps on which anchors stand.

    Every question raises PluginError where the light half of a part fails to answer.

    Attributes:
        backbone: makes feature maps of an image.
        neck: makes others of these; None where they are used as they are.
    """

    backbone: BackboneSettings
    neck: NeckSettings | None = None

    def __str__(self) -> str:
        return f"backbone {self.backbone.name!r}" if self.neck is None else f"neck {self.neck.name!r}"

    @property
    def smallest_input(self) -> ImageSize:
        """The smallest height and the smallest width with which the backbone can run."""
        size: ImageSize = ask(self.backbone, "smallest_input")
        return size

    def of_backbone(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """The feature maps of the backbone."""
        maps: tuple[FeatureMap, ...] = ask(self.backbone, "feature_maps", image)
        return maps

    def incompatibility(self, image: ImageSize) -> str | None:
        """Why the neck cannot work on the maps of the backbone at this size of the input; None when it can."""
        reason: str | None = ask(self.neck, "incompatibility", self.of_backbone(image)) if self.neck else None
        return reason

    def at(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """The feature maps on which anchors stand; only where there is no incompatibility."""
        maps = self.of_backbone(image)
        return maps if self.neck is None else ask(self.neck, "feature_maps", maps)
