"""The weights of YOLO3 in GluonCV's store, so that they are known without GluonCV."""

from __future__ import annotations

__all__ = ["DETECTORS"]

DETECTORS = ("yolo3_darknet53_coco", "yolo3_darknet53_voc", "yolo3_mobilenet1.0_coco", "yolo3_mobilenet1.0_voc")
