"""Detections of objects that are neither to be found nor to be missed."""

from __future__ import annotations

import numpy as np

from zoo_core.evaluation.gathering import Bools, Gathered, GroundTruth

__all__ = ["counted_objects", "on_ignored_objects"]


def counted_objects(objects: GroundTruth) -> Bools:
    """Whether each object (K,) is to be found: difficult ones, by VOC's rule, and crowds, by COCO's, are not."""
    return ~(objects.difficult | objects.crowd)


def on_ignored_objects(gathered: Gathered, iou: float) -> Bools:
    """Whether each detection (M,) lies on an object of its class that does not count, and so is not wrong.

    On a difficult object it lies with an overlap of at least `iou`, in a crowd with at least that part of itself.
    """
    objects = gathered.objects
    pairs = gathered.pairs[~counted_objects(objects)[gathered.pairs.objects]]
    inside = pairs.shared / gathered.found.areas[pairs.found]
    difficult, crowd = objects.difficult[pairs.objects], objects.crowd[pairs.objects]
    lies = (difficult & (pairs.iou >= iou)) | (crowd & (inside >= iou))
    on = np.zeros(len(gathered.found), np.bool_)
    on[pairs.found[lies]] = True
    return on
