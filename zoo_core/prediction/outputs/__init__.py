"""Where predictions go: drawn pictures and videos, COCO's JSON, CSV, and words."""

from __future__ import annotations

from collections.abc import Callable

from zoo_core.prediction.detections import Detections
from zoo_core.prediction.sources.pictures import Picture

__all__ = ["Add"]

Add = Callable[[Picture, Detections], None]
"""Takes what was found in a picture."""
