"""The numbers of a report: those that stand first, those by class, and all of them as JSON and CSV."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from zoo_core.evaluation.analysis import Analysis
from zoo_core.evaluation.page.evaluation import Evaluation
from zoo_core.evaluation.report import csv_text
from zoo_core.evaluation.results import Results
from zoo_core.evaluation.tide import ErrorKind

__all__ = ["Number", "headline", "metrics_json", "of_dataset", "per_class_csv"]

_COCO = {
    "ap": "COCO AP, IoU .50 to .95",
    "ap50": "COCO AP50",
    "ap75": "COCO AP75",
    "ap_small": "COCO AP, small objects",
    "ap_medium": "COCO AP, medium objects",
    "ap_large": "COCO AP, large objects",
    "ar1": "COCO AR, 1 detection per image",
    "ar10": "COCO AR, 10 detections",
    "ar100": "COCO AR, 100 detections",
    "ar_small": "COCO AR, small objects",
    "ar_medium": "COCO AR, medium objects",
    "ar_large": "COCO AR, large objects",
}
_LOST = {
    ErrorKind.CLASSIFICATION: "wrong classes",
    ErrorKind.LOCALISATION: "wrong positions",
    ErrorKind.BOTH: "both wrong",
    ErrorKind.DUPLICATE: "duplicates",
    ErrorKind.BACKGROUND: "background",
    ErrorKind.MISSED: "missed objects",
}


class Number(NamedTuple):
    """A number of a detector that can be compared with that of another.

    Attributes:
        name: what it measures.
        value: NaN where it is not defined.
        digits: behind the point, that are worth showing.
        better: 1 when more is better, -1 when less is, 0 when neither.
    """

    name: str
    value: float
    digits: int = 3
    better: int = 1


def headline(analysis: Analysis) -> list[Number]:
    """What is compared first: precision by every rule, what the threshold gives, errors, calibration, speed."""
    report, at = analysis.report, analysis.at_score[-1]
    coco = report.coco
    costs = [Number(f"AP50 lost to {_LOST[kind]}", analysis.errors.costs[kind], better=-1) for kind in ErrorKind]
    return [
        Number("VOC 2007 mAP", report.map_voc07),
        Number("VOC 2010+ mAP", report.map_voc10),
        *(Number(name, getattr(coco, key)) for key, name in _COCO.items()),
        Number(f"precision at {analysis.score:g}", at.precision),
        Number(f"recall at {analysis.score:g}", at.recall),
        Number(f"F1 at {analysis.score:g}", at.f1),
        Number("best F1", analysis.best.f1),
        Number("threshold of the best F1", analysis.best.score, better=0),
        *costs,
        Number("calibration error", analysis.calibration.error, better=-1),
        Number("images per second", report.images_per_second, digits=1),
    ]


def of_dataset(results: Results) -> dict[str, Any]:
    """What the data set holds: images, classes, objects, and how many of those count."""
    images = results.images
    counts = np.array([len(each.true_labels) for each in images], np.int64)
    heights, widths = (sorted(each.size[side] for each in images) or [0] for side in (0, 1))
    return {
        "images": len(images),
        "classes": len(results.class_names),
        "objects": int(counts.sum()),
        "difficult": int(sum(each.difficult.sum() for each in images)),
        "crowd": int(sum(each.crowd.sum() for each in images)),
        "images_without_objects": int((counts == 0).sum()),
        "objects_in_an_image": {
            "median": float(np.median(counts)) if images else 0.0,
            "most": int(counts.max(initial=0)),
        },
        "smallest_image": {"height": heights[0], "width": widths[0]},
        "largest_image": {"height": heights[-1], "width": widths[-1]},
    }


def metrics_json(evaluations: Sequence[Evaluation], analyses: Sequence[Analysis]) -> str:
    """Everything that the page shows, as JSON, which has no NaN: what is not defined is null."""
    content = {
        "dataset": of_dataset(evaluations[0].results),
        "runs": [
            {"name": evaluation.name, **analysis.to_dict(), "versions": dict(evaluation.versions)}
            for evaluation, analysis in zip(evaluations, analyses, strict=True)
        ],
    }
    return json.dumps(_without_nan(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def per_class_csv(evaluations: Sequence[Evaluation], analyses: Sequence[Analysis]) -> str:
    """The table of `Report.to_csv` for each detector, with what two thresholds give behind."""
    rows = []
    for evaluation, analysis in zip(evaluations, analyses, strict=True):
        scores = (*analysis.report.classes, analysis.report.overall)
        best = (*(each.best for each in analysis.curves), analysis.best)
        for each, at_best, at_score in zip(scores, best, analysis.at_score, strict=True):
            points = {"best_f1": at_best, "at_score": at_score}
            behind = {f"{place}_{key}": v for place, point in points.items() for key, v in point.to_dict().items()}
            rows.append({"run": evaluation.name, **each.to_row(), **_without_nan(behind)})
    return csv_text(rows)
