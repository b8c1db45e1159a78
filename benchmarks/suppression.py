"""Suppression as GluonCV's detectors do it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.engines.gluon import mx

__all__ = ["suppressed"]


def suppressed(rows: Any) -> NDArray[np.float32]:
    """The 100 highest-scoring rows that are left of one image.

    Args:
        rows: (1, N, 6) of an array of MXNet: class, score, and corners.
    """
    kept = mx.nd.contrib.box_nms(
        rows,
        overlap_thresh=0.45,
        topk=400,
        valid_thresh=0.01,
        id_index=0,
        score_index=1,
        coord_start=2,
        force_suppress=False,
    )
    found: NDArray[np.float32] = kept.slice_axis(axis=1, begin=0, end=100)[0].asnumpy()
    return found
