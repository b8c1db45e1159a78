"""Where boxes will be in the next frame: a Kalman filter with constant velocity, for many boxes at once.

A state is centre, aspect ratio (width / height) and height of a box in pixels, and by how much they change from one
frame to the next. Source: Wojke et al., Simple Online and Realtime Tracking with a Deep Association Metric, 2017,
section 2.1, whose noise grows with the height of the box.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Motion", "boxes_of", "moved", "observed", "standing"]

_POSITION, _VELOCITY = 1 / 20, 1 / 160
"""Standard deviations, as fractions of the height."""
_ASPECT, _ASPECT_VELOCITY, _ASPECT_SEEN = 1e-2, 1e-5, 1e-1
_LEAST = 1e-3
"""Pixels of the height of a box, at least: one without height has no aspect ratio."""

Floats = NDArray[np.float64]


class Motion(NamedTuple):
    """States of boxes: means (M, 8) and covariances (M, 8, 8)."""

    means: Floats
    covariances: Floats


def standing(boxes: NDArray[np.float32]) -> Motion:
    """Boxes (M, 4) corner/pixel of which no more is known than where they are."""
    measured = _measured(boxes)
    deviations = _deviations(measured[:, 3], 2 * _POSITION, _ASPECT, 10 * _VELOCITY, _ASPECT_VELOCITY)
    return Motion(np.hstack([measured, np.zeros_like(measured)]), _diagonal(deviations))


def moved(motion: Motion, steps: int) -> Motion:
    """The same boxes some frames later."""
    transition = np.eye(8) + steps * np.eye(8, k=4)
    noise = _diagonal(_deviations(motion.means[:, 3], _POSITION, _ASPECT, _VELOCITY, _ASPECT_VELOCITY))
    covariances = transition @ motion.covariances @ transition.T + steps * noise
    return Motion(motion.means @ transition.T, covariances)


def observed(motion: Motion, boxes: NDArray[np.float32]) -> Motion:
    """The same boxes when they have been seen where `boxes` (M, 4) corner/pixel say."""
    means, covariances = motion
    noise = _deviations(means[:, 3], _POSITION, _ASPECT_SEEN)
    seen = covariances[:, :4, :4] + _diagonal(noise)
    gain = np.linalg.solve(seen, covariances[:, :4, :]).transpose(0, 2, 1)
    difference = _measured(boxes) - means[:, :4]
    return Motion(means + (gain @ difference[..., None])[..., 0], covariances - gain @ seen @ gain.transpose(0, 2, 1))


def boxes_of(motion: Motion) -> NDArray[np.float64]:
    """Boxes (M, 4) corner/pixel."""
    x, y, aspect, height = motion.means[:, :4].T
    half = np.stack([aspect * height / 2, height / 2], axis=1)
    centre = np.stack([x, y], axis=1)
    return np.hstack([centre - half, centre + half])


def _measured(boxes: NDArray[np.float32]) -> Floats:
    x1, y1, x2, y2 = boxes.astype(np.float64).T
    height = np.maximum(y2 - y1, _LEAST)
    return np.stack([(x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / height, height], axis=1)


def _deviations(height: Floats, position: float, aspect: float, velocity: float = 0, turn: float = 0) -> Floats:
    """Standard deviations (M, 4) of the four numbers, or (M, 8) with their changes, if that of `velocity` is given."""
    rows = [position * height, position * height, np.full_like(height, aspect), position * height]
    if velocity:
        rows += [velocity * height, velocity * height, np.full_like(height, turn), velocity * height]
    return np.stack(rows, axis=1)


def _diagonal(deviations: Floats) -> Floats:
    covariances: Floats = np.eye(deviations.shape[1]) * np.square(deviations)[:, None, :]
    return covariances
