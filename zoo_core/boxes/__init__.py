"""Boxes that say what they are, matched, encoded and drawn. NumPy; no engine."""

from zoo_core.common.former_paths import former_names

__getattr__ = former_names(
    __name__, {"zoo_core.boxes.boxes": ("Anchors", "BoxFormat", "ImageSize", "areas", "convert", "pairwise_iou")}
)
