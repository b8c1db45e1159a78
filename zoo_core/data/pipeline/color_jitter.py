"""Training images whose colours are changed at random, as CenterNet's.

Source: see `zoo_core.config.augmentation.ColorJitter`.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from zoo_core.boxes.protocols import Sample
from zoo_core.config.augmentation import ColorJitter

__all__ = ["color_jitter"]

_LUMA = np.array([0.299, 0.587, 0.114])
"""Shares of red, green and blue in grey."""
_EIGENVALUES = np.array([0.2141788, 0.01817699, 0.00341571])
_EIGENVECTORS = np.array(
    [
        [-0.56089297, 0.71832671, 0.41158938],
        [-0.5832747, 0.00994535, -0.81221408],
        [-0.58752847, -0.69563484, 0.41340352],
    ]
)
"""Of the covariance of COCO's pixels: rows are red, green and blue, in shares of 255. (The code of CenterNet has them
for images whose blue comes first.)"""
_CONTRAST, _SATURATION = 1, 2
"""Indices of these among brightness, contrast and saturation."""


def color_jitter(sample: Sample, settings: ColorJitter, rng: np.random.Generator) -> Sample:
    """Change brightness, contrast and saturation in random order, and add a random colour; boxes stay.

    All are linear, so they are put into one matrix and clipped once.
    """
    limits = settings.brightness, settings.contrast, settings.saturation
    mean = _LUMA @ cv2.mean(sample.image)[:3]
    color, grey, added = 1.0, 0.0, 0.0  # by how much the image, its grey, and white count
    for change in rng.permutation(len(limits)):
        factor = 1 + rng.uniform(-limits[change], limits[change])
        color, grey, added = color * factor, grey * factor, added * factor
        if change == _CONTRAST:
            added += (1 - factor) * mean
        elif change == _SATURATION:
            grey += 1 - factor
    light = 255 * _EIGENVECTORS @ (_EIGENVALUES * settings.lighting * rng.standard_normal(3))
    matrix = np.column_stack([color * np.eye(3) + grey * _LUMA, added + light]).astype(np.float32)
    return replace(sample, image=cv2.transform(sample.image, matrix))
