"""Writes a report into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.arguments import CALLBACK, DATASET, DETECTOR, PATH, SHARE, TABLE, WHOLE, checked, either
from zoo_core.common.errors import ArgumentError, RunError
from zoo_core.common.files import as_path, reason
from zoo_core.common.tables import to_yaml
from zoo_core.common.versions import core_version
from zoo_core.common.writing import write_text, writing
from zoo_core.config.provenance import versions_of
from zoo_core.evaluation.analysis import analyse
from zoo_core.evaluation.evaluate import Collect, Predictor, collect
from zoo_core.evaluation.page.evaluation import Evaluation, check_same_data
from zoo_core.evaluation.page.numbers import metrics_json, per_class_csv
from zoo_core.evaluation.page.pictures import worst_pictures
from zoo_core.evaluation.page.rendering import RunView, rendered
from zoo_core.evaluation.predictions import write_predictions
from zoo_core.prediction.views import ViewOptions

__all__ = ["evaluation_of", "report_folder", "write_evaluations", "write_report"]


def _by_name(name: str, value: Any) -> dict[str, Predictor]:
    """The rule of several detectors by name, at least one."""
    named = {str(key): DETECTOR(name, each) for key, each in TABLE(name, value).items()}
    if not named:
        raise ArgumentError(f"{name} should be at least one detector")
    return named


@checked(
    folder=PATH,
    detectors=either(DETECTOR, _by_name, "a detector, as zoo_core.load gives one, or a mapping of names to several"),
    dataset=DATASET,
    progress=CALLBACK,
    score=SHARE,
    iou=SHARE,
    pictures=WHOLE,
)
def write_report(
    folder: str | Path,
    detectors: Predictor | Mapping[str, Predictor],
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    *,
    score: float = 0.5,
    iou: float = 0.5,
    pictures: int = 12,
    **views: Unpack[ViewOptions],
) -> Path:
    """Score detectors on a data set, and write what there is to know as a page, JSON and CSV.

    Args:
        folder: for ``report.html``, ``metrics.json``, ``per_class.csv`` and ``predictions.json`` (COCO results); made
            when it is not there, and files of an older report are replaced.
        detectors: one, or several by name, which are compared.
        dataset: the images; its classes are those of each detector, in any order.
        progress: called after every batch with the number of images done and of all.
        score: the threshold of the confusion matrix and the worst pictures.
        iou: the least overlap at which a detection is right by VOC's rules.
        pictures: how many of the worst pictures are shown for each detector, at most.
        **views: ``slice``, ``overlap`` and ``flip`` as a detector of the zoo takes them; see `Detector.predict`.

    Returns:
        The page.

    Raises:
        DatasetError: the classes differ, or an image cannot be read.
        PredictionsError: a score or a coordinate is not a number.
        RunError: the folder cannot be written.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    place = report_folder(Path(folder))
    named = detectors if isinstance(detectors, Mapping) else {"detector": detectors}
    looking = partial(collect, **views)
    evaluations = [evaluation_of(name, each, dataset, progress, looking) for name, each in named.items()]
    return write_evaluations(place, evaluations, dataset, score=score, iou=iou, pictures=pictures)


def evaluation_of(
    name: str,
    detector: Predictor,
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    collect: Collect = collect,
) -> Evaluation:
    """Let a detector look at a data set; see `collect`, in whose place another function can do that."""
    results = collect(detector, dataset, progress)
    if description := getattr(detector, "description", None):  # of an exported file, whose plugins need not be here
        versions = {"exported by": f"zoo-core {description.version}", "scored by": f"zoo-core {core_version()}"}
        return Evaluation(name, results, to_yaml(dict(description.configuration)), versions)
    config = getattr(detector, "config", None)
    if config is None:  # something else that finds boxes
        return Evaluation(name, results)
    return Evaluation(name, results, config.to_yaml(), versions_of(config))


def report_folder(folder: Path) -> Path:
    """The folder, made where it is missing, before any work is done for it.

    Raises:
        RunError: it cannot be made, or is a file.
    """
    folder = as_path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise RunError(f"{folder}: is a file, but a report needs a folder") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: cannot be created: {reason(error)}") from None
    return folder


@checked(score=SHARE, iou=SHARE, pictures=WHOLE)
def write_evaluations(
    folder: Path,
    evaluations: Sequence[Evaluation],
    dataset: Dataset,
    *,
    score: float = 0.5,
    iou: float = 0.5,
    pictures: int = 12,
) -> Path:
    """Write a report on what was found already; see `write_report`.

    Args:
        folder: for the report.
        evaluations: evaluations of one detector or several on the same data.
        dataset: the one from which the worst pictures are read.
        score: the threshold of the confusion matrix and the worst pictures.
        iou: the least overlap at which a detection is right by VOC's rules.
        pictures: how many of the worst pictures are shown for each detector, at most.

    Raises:
        DatasetError: the evaluations are not of the same data, or an image cannot be read.
        PredictionsError: a score or a coordinate is not a number, or a label is not one of the classes.
        RunError: the folder cannot be written.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    check_same_data(evaluations)
    analyses = [analyse(each.results, score=score, iou=iou) for each in evaluations]
    views = [
        RunView(number, evaluation, analysis, worst_pictures(analysis, dataset, pictures))
        for number, (evaluation, analysis) in enumerate(zip(evaluations, analyses, strict=True), start=1)
    ]
    files = {
        "metrics.json": metrics_json(evaluations, analyses),
        "per_class.csv": per_class_csv(evaluations, analyses),
        "report.html": rendered(views),
    }
    with writing(folder, RunError):
        for evaluation, name in zip(evaluations, _prediction_files(len(evaluations)), strict=True):
            write_predictions(evaluation.results, folder / name)
        for name, text in files.items():
            write_text(folder / name, text)
    return folder / "report.html"


def _prediction_files(count: int) -> list[str]:
    """Numbers tell the files of several runs apart: their names may be none that a file can have."""
    return ["predictions.json"] if count == 1 else [f"predictions_{number}.json" for number in range(1, count + 1)]
