"""How detections came about, without which their scores cannot be compared with others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zoo_core.config.detector import NmsSettings
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.prediction.views import ViewOptions, Views

__all__ = ["Conditions"]


@dataclass(frozen=True)
class Conditions:
    """How a detector of the zoo has looked at images.

    Attributes:
        views: the windows and mirror images at which it has looked.
        nms: which boxes are kept of an image.
        runs_on: what computed its network, and where, in words; empty where that is not known.
    """

    views: Views
    nms: NmsSettings
    runs_on: str = ""

    @classmethod
    def of(cls, detector: object, views: ViewOptions) -> Conditions | None:
        """Those of a detector that looks at some views; None for what is not a detector of the zoo."""
        if not isinstance(detector, ImagePredictor):
            return None
        return cls(Views.of(views), detector.nms, detector.runs_on)

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        window = self.views.slice
        return {
            "slice": None if window is None else str(window),
            "overlap": None if window is None else self.views.overlap,
            "flip": self.views.flip,
            "nms": self.nms.model_dump(mode="json"),
            "runs_on": self.runs_on or None,
        }

    def __str__(self) -> str:
        parts = (self._looked_at(), self._kept(), self.runs_on)
        return "; ".join(filter(None, parts))

    def _looked_at(self) -> str:
        window = self.views.slice
        seen = f"windows of {window} that overlap by {self.views.overlap}" if window else "whole images"
        return f"{seen} and their mirror images" if self.views.flip else seen

    def _kept(self) -> str:
        nms = self.nms
        peaks = f", peaks of {nms.peaks}x{nms.peaks} cells" if nms.peaks else ""
        classes = "a class" if nms.per_class else "all classes"
        each = "a window" if self.views.slice else "an image"
        return f"scores above {nms.score:g}{peaks}, IoU within {classes} up to {nms.iou:g}, {nms.keep} boxes of {each}"
