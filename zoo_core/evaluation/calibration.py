"""Whether scores mean what they say: of all detections with a score near .8, are 80 % right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "calibration"]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Detections in bins of equal width by their score.

    Attributes:
        edges: (B + 1,) of the bins, from 0 to 1; a score on an edge is in the bin above it, 1 in the last.
        right: (B,) how many detections are right.
        wrong: (B,) how many are not.
        scores: (B,) their mean score; NaN where there are none.
    """

    edges: NDArray[np.float64]
    right: NDArray[np.int64]
    wrong: NDArray[np.int64]
    scores: NDArray[np.float64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """(B,) how many detections there are."""
        return self.right + self.wrong

    @property
    def precisions(self) -> NDArray[np.float64]:
        """(B,) the part that is right; NaN where there are none."""
        return np.divide(self.right, self.counts, out=np.full(len(self.right), np.nan), where=self.counts > 0)

    @property
    def error(self) -> float:
        """The expected calibration error: the mean distance of score and precision, by detections; NaN without any.

        Source: Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015.
        """
        some = self.counts > 0
        if not some.any():
            return float("nan")
        return float(np.average(np.abs(self.precisions - self.scores)[some], weights=self.counts[some]))

    def to_dict(self) -> dict[str, Any]:
        """As plain values; NaN stays."""
        return {
            "expected_calibration_error": self.error,
            "edges": self.edges.tolist(),
            "right": self.right.tolist(),
            "wrong": self.wrong.tolist(),
            "mean_scores": self.scores.tolist(),
            "precisions": self.precisions.tolist(),
        }


def calibration(scores: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> Calibration:
    """Sort detections into bins.

    Args:
        scores: (M,) between 0 and 1; what is outside counts in the nearest bin.
        right: (M,) whether each is right.
        bins: how many.
    """
    edges = np.linspace(0, 1, bins + 1)
    places = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    hits = np.bincount(places[right], minlength=bins)
    sums = np.bincount(places, weights=scores, minlength=bins)
    means = np.divide(sums, counts, out=np.full(bins, np.nan), where=counts > 0)
    return Calibration(edges, hits, counts - hits, means)
