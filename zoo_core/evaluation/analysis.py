"""All that is known about a detector on a data set: scores, curves, errors, confusion, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo_core.evaluation.calibration import Calibration, calibration
from zoo_core.evaluation.confusion import ConfusionMatrix, confusion_matrix
from zoo_core.evaluation.curves import Curve, OperatingPoint, best_point, curve, mean_curve
from zoo_core.evaluation.evaluate import score as score_results
from zoo_core.evaluation.gathering import gather
from zoo_core.evaluation.outcomes import Outcome, outcomes_of
from zoo_core.evaluation.report import Report
from zoo_core.evaluation.results import Results
from zoo_core.evaluation.tide import ErrorReport, error_report
from zoo_core.evaluation.voc import judge

__all__ = ["Analysis", "analyse"]


@dataclass(frozen=True, eq=False)
class Analysis:
    """A detector on a data set, seen from every side.

    Attributes:
        results: detections and ground truth.
        iou: the least overlap at which a detection is right.
        score: the least score of a detection that `outcomes` and `confusion` count.
        report: the scores.
        curves: curves of each class.
        mean_curve: mean curve of the classes that have objects.
        best: the one threshold for all classes at which F1 is highest.
        at_score: what the threshold `score` gives for each class, and last for all together.
        errors: their kinds, and what each costs.
        outcomes: outcomes of each image.
        confusion: which class is taken for which.
        calibration: whether scores mean what they say.
    """

    results: Results
    iou: float
    score: float
    report: Report
    curves: tuple[Curve, ...]
    mean_curve: Curve
    best: OperatingPoint
    at_score: tuple[OperatingPoint, ...]
    errors: ErrorReport
    outcomes: tuple[Outcome, ...]
    confusion: ConfusionMatrix
    calibration: Calibration

    def to_dict(self) -> dict[str, Any]:
        """As plain values; NaN stays."""
        names = self.results.class_names
        return {
            "scores": self.report.to_dict(),
            "iou": self.iou,
            "score": self.score,
            "at_score": self.at_score[-1].to_dict(),
            "best_f1": self.best.to_dict(),
            "classes": {
                name: {"at_score": point.to_dict(), "best_f1": each.best.to_dict()}
                for name, each, point in zip(names, self.curves, self.at_score[:-1], strict=True)
            },
            "errors": self.errors.to_dict(),
            "confusion": self.confusion.to_dict(),
            "calibration": self.calibration.to_dict(),
        }


def analyse(results: Results, *, score: float = 0.5, iou: float = 0.5) -> Analysis:
    """Look at results from every side.

    Args:
        results: detections and ground truth.
        score: the threshold at which objects are paired with detections.
        iou: the least overlap at which a detection is right.

    Raises:
        PredictionsError: a score or a coordinate is not a number, or a label is not one of the classes.
    """
    gathered = gather(results)
    judged = judge(gathered, iou)
    curves = tuple(curve(judged, label) for label in range(len(results.class_names)))
    outcomes = outcomes_of(gathered, score, iou)
    return Analysis(
        results=results,
        iou=iou,
        score=score,
        report=score_results(results, iou=iou),
        curves=curves,
        mean_curve=mean_curve([each for each, count in zip(curves, judged.objects, strict=True) if count]),
        best=best_point(judged),
        at_score=_at_score(results, outcomes, score),
        errors=error_report(gathered),
        outcomes=outcomes,
        confusion=confusion_matrix(results, outcomes),
        calibration=calibration(judged.scores, judged.right),
    )


def _at_score(results: Results, outcomes: tuple[Outcome, ...], score: float) -> tuple[OperatingPoint, ...]:
    """Precision and recall of each class, and of all together."""
    counts = np.zeros((3, len(results.class_names)), np.int64)
    for image, outcome in zip(results.images, outcomes, strict=True):
        for row, labels, chosen in (
            (0, image.labels, outcome.right),
            (1, image.labels, outcome.detections),
            (2, image.true_labels, outcome.objects),
        ):
            counts[row] += np.bincount(labels[chosen], minlength=counts.shape[1])
    right, reported, objects = np.column_stack([counts, counts.sum(axis=1)])
    precision = np.divide(right, reported, out=np.full(len(right), np.nan), where=reported > 0)
    recall = np.divide(right, objects, out=np.full(len(right), np.nan), where=objects > 0)
    return tuple(OperatingPoint(score, *each) for each in zip(precision.tolist(), recall.tolist(), strict=True))
