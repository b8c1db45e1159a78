"""The weights of plain CenterNets in GluonCV's store, so that they are known without GluonCV."""

from __future__ import annotations

__all__ = ["DETECTORS"]

DETECTORS = tuple(
    f"center_net_{network}_{dataset}"
    for network in ("resnet101_v1b", "resnet18_v1b", "resnet50_v1b")
    for dataset in ("coco", "voc")
)
