"""``zoo eval``: scores trained detectors, and files of what was found, and writes reports on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Annotated, Any

import typer

from zoo_core.boxes.protocols import Dataset
from zoo_core.cli.cluster_options import ClusterOption, InsecureOption, WorkersOption
from zoo_core.cli.cluster_place import cluster_place
from zoo_core.cli.evaluating_on_cluster import collecting
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import (
    ConfigOption,
    DeviceOption,
    EngineOption,
    FlipOption,
    JsonOption,
    OverlapOption,
    PrecisionOption,
    SetOption,
    SliceOption,
    ThreadsOption,
    offering,
)
from zoo_core.cli.output import print_heading, print_json, print_line, print_problems, print_tables
from zoo_core.cli.predicting_on_cluster import model_of
from zoo_core.cli.progress import WorkProgress
from zoo_core.cli.scored_data import Scored, data_sets, openings, parted
from zoo_core.cli.views import view_options
from zoo_core.common.errors import RunError
from zoo_core.common.files import as_path
from zoo_core.common.messages import listed
from zoo_core.common.writing import check_writable, write_text, writing
from zoo_core.config.loading import load_labels
from zoo_core.engines.opening import is_exported
from zoo_core.engines.opening import load as load_detector
from zoo_core.evaluation.evaluate import Collect, collect
from zoo_core.evaluation.evaluate import score as score_results
from zoo_core.evaluation.page.evaluation import Evaluation
from zoo_core.evaluation.page.writing import evaluation_of, report_folder, write_evaluations
from zoo_core.evaluation.predictions import read_predictions, write_predictions
from zoo_core.evaluation.report import Report

__all__ = ["evaluate_run"]


class Split(StrEnum):
    """The images that a configuration names."""

    VALIDATION = "validation"
    TRAIN = "train"


def evaluate_run(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Run folders, .params files, names of `zoo list weights`, or .json files of COCO results.",
            show_default=False,
            autocompletion=offering("scored"),
        ),
    ],
    split: Annotated[Split, typer.Option(help="The split of the data set to score on.")] = Split.VALIDATION,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="A data set other than the one configured; its format is recognised.",
            show_default=False,
        ),
    ] = None,
    iou: Annotated[
        float, typer.Option(help="The minimum IoU of a correct detection by VOC's rules.", min=0.01, max=1)
    ] = 0.5,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write a report into this folder: an HTML page, JSON and CSV. Several runs are compared.",
            show_default=False,
        ),
    ] = None,
    score: Annotated[
        float | None,
        typer.Option(
            help="The score threshold of the report's confusion matrix and worst pictures; 0.5 by default.",
            min=0,
            max=1,
            show_default=False,
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the detections as COCO results.", show_default=False),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the scores per class.", show_default=False)
    ] = None,
    window: SliceOption = None,
    overlap: OverlapOption = None,
    flip: FlipOption = False,
    engine: EngineOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    threads: ThreadsOption = None,
    config: ConfigOption = None,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    insecure: InsecureOption = False,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score trained detectors, or detections of other tools, with the metrics of Pascal VOC and COCO.

    The data set is that of the training, or what --data or --set data... says; --set nms... changes what is reported.
    """
    if len(runs) > 1 and (predictions or csv):
        raise typer.BadParameter("--predictions and --csv are for one RUN; --report compares several")
    if score is not None and report is None:
        raise typer.BadParameter("--score: only with --report; mAP counts detections of every score, down to nms.score")
    predictions, csv = (as_path(file) if file else None for file in (predictions, csv))
    for file in (predictions, csv):
        if file:
            check_writable(file, RunError)
    names = _names(runs)
    of_data, others = parted(overrides or ())
    here = [] if data else of_data  # with --data they are for the data set in the folder
    views = view_options(window, overlap, flip)
    place = cluster_place(cluster, insecure, threads, workers, threads_alone=True)
    how = {"engine": engine, "device": device, "precision": precision}
    local = {**how, "threads": None if place else threads}
    detectors = [_detector(run, here, others, config, local, {**views, "cluster": cluster}) for run in runs]
    of_labels = [*here, *filter(_is_of_classes, others)]
    scored = [_scored(name, each, of_labels, config) for name, each in zip(names, detectors, strict=True)]
    needs_images = report is not None or any(each is not None for each in detectors)
    opening = openings(scored, split.value, data, overrides or (), needs_images=needs_images)
    datasets = data_sets(scored, opening)
    print_problems(datasets[0].problems)
    folder = report_folder(report) if report else None
    kept: list[Path] = []
    collects: list[Collect] = [partial(collect, **views)] * len(runs)
    if place:
        models = [model_of(place, run, _settings(run, here, others), {"config": config, **how}) for run in runs]
        named = (split.value, data, overrides)
        collects = [collecting(place, *each, named, views, kept) for each in zip(models, opening, strict=True)]
    evaluations = [*map(_evaluation, runs, names, detectors, datasets, collects)]
    reports = [score_results(each.results, iou=iou) for each in evaluations]
    if predictions:
        write_predictions(evaluations[0].results, predictions)
    if csv:
        with writing(csv, RunError):
            write_text(csv, reports[0].to_csv())
    shown = 0.5 if score is None else score
    page = write_evaluations(folder, evaluations, datasets[0], score=shown, iou=iou) if folder else None
    _print(evaluations, reports, as_json)
    if page:
        print_line(f"report: {page}", error=as_json)
    for each in kept:
        rmtree(each, ignore_errors=True)


def _detector(
    run: Path,
    of_data: Sequence[str],
    others: Sequence[str],
    config: str | None,
    how: Mapping[str, Any],
    others_given: Mapping[str, Any],
) -> Any:
    """The detector; None where a file says what was found, and no detector is needed."""
    if run.suffix.lower() == ".json":
        given = [f"--{name}" for name, value in {**how, **others_given}.items() if value is not None]
        given += [f"--set {text}" for text in others if not _is_of_classes(text)]
        if given:
            raise typer.BadParameter(f"{listed(given)}: {run} says what was found, and no detector is run")
        return None
    fetch_published(run)
    return load_detector(run, _settings(run, of_data, others), config, **how)


def _is_of_classes(override: str) -> bool:
    """Whether an override says the classes, which a file of what was found does not."""
    return override.partition("=")[0].strip() == "classes"


def _settings(run: Path, of_data: Sequence[str], others: Sequence[str]) -> Sequence[str]:
    """Overrides of a detector; an exported one has its data set elsewhere."""
    return others if is_exported(run) else [*of_data, *others]


def _evaluation(run: Path, name: str, detector: Any, dataset: Dataset, collect: Collect) -> Evaluation:
    with WorkProgress() as progress:
        if detector is None:
            return Evaluation(name, read_predictions(run, dataset, progress.scored))
        return evaluation_of(name, detector, dataset, progress.scored, collect)


def _scored(name: str, detector: Any, of_labels: Sequence[str], config: str | None) -> Scored:
    """What is known of a detector, or a file, before its data is opened; no part of a network is needed for that.

    Args:
        name: for messages.
        detector: None for a file.
        of_labels: overrides of the classes and of the settings of data sets.
        config: what says the classes and the data set of a file.
    """
    if detector is not None:
        return Scored(name, detector.class_names, partial(detector.data, of_labels))
    if config is None:
        return Scored(name)
    labels = load_labels(config, of_labels)
    return Scored(name, labels.classes, lambda: labels.data)


def _names(runs: Sequence[Path]) -> list[str]:
    """The last part of each path, or the whole where these are not distinct."""
    short = [run.name or str(run) for run in runs]
    return short if len(set(short)) == len(short) else [str(run) for run in runs]


def _print(evaluations: Sequence[Evaluation], reports: Sequence[Report], as_json: bool) -> None:
    if len(reports) == 1:
        print_json(reports[0].to_dict()) if as_json else print_tables(reports[0])
        return
    named = [(each.name, report) for each, report in zip(evaluations, reports, strict=True)]
    if as_json:
        print_json({"runs": [{"name": name, **report.to_dict()} for name, report in named]})
        return
    for name, report in named:
        print_heading(name)
        print_tables(report)
        print_line()
