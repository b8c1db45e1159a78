"""``zoo eval``: scores trained detectors, and writes reports on them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zoo_core import api
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigOption, JsonOption, SetOption
from zoo_core.cli.output import print_heading, print_json, print_line, print_problems
from zoo_core.cli.progress import WorkProgress
from zoo_core.data.recognising import reader_at
from zoo_core.detector import Detector
from zoo_core.errors import DatasetError, counted, listed
from zoo_core.evaluation.evaluate import score as score_results
from zoo_core.evaluation.page.evaluation import Evaluation
from zoo_core.evaluation.page.writing import evaluation_of, report_folder, write_evaluations
from zoo_core.evaluation.report import Report
from zoo_core.interfaces import Dataset

__all__ = ["evaluate_run"]


class Split(StrEnum):
    """The images that a configuration names."""

    VALIDATION = "validation"
    TRAIN = "train"


def evaluate_run(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run folders, .params files, or gluoncv:NAME.", show_default=False),
    ],
    split: Annotated[Split, typer.Option(help="On which images of the data set.")] = Split.VALIDATION,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Another data set than that of the training; its format is recognised.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write a report there: a page, JSON and CSV. Several runs are compared.",
            show_default=False,
        ),
    ] = None,
    score: Annotated[
        float,
        typer.Option(help="The threshold of the report's confusion matrix and worst pictures.", min=0, max=1),
    ] = 0.5,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score trained detectors by the rules of Pascal VOC and of COCO.

    The data set is that of the training, or what --data or --set data... says; --set nms... changes what is reported.
    """
    folder = report_folder(report) if report else None
    detectors = []
    for run in runs:
        fetch_published(run)
        detectors.append(api.load(run, overrides, config))
    names = _names(runs)
    datasets = _opened(names, detectors, split, data)
    print_problems(datasets[0].problems)
    evaluations = []
    for name, detector, dataset in zip(names, detectors, datasets, strict=True):
        with WorkProgress() as progress:
            evaluations.append(evaluation_of(name, detector, dataset, progress.scored))
    page = write_evaluations(folder, evaluations, datasets[0], score=score) if folder else None
    _print(evaluations, [score_results(each.results) for each in evaluations], as_json)
    if page:
        print_line(f"report: {page}", error=as_json)


def _names(runs: Sequence[Path]) -> list[str]:
    """The last part of each path, or the whole where these are not distinct."""
    short = [run.name or str(run) for run in runs]
    return short if len(set(short)) == len(short) else [str(run) for run in runs]


def _opened(names: Sequence[str], detectors: Sequence[Detector], split: Split, data: Path | None) -> list[Dataset]:
    """The data set of each detector, with the classes in the order of the first.

    Raises:
        DatasetError: two of them cannot be the same; told before anything is looked at.
    """
    classes = detectors[0].class_names
    datasets: list[Dataset] = []
    for name, detector in zip(names, detectors, strict=True):
        if set(detector.class_names) != set(classes):
            raise DatasetError(
                f"{name}: its classes ({listed(detector.class_names)}) are not those of {names[0]} "
                f"({listed(classes)}); runs of the same classes can be scored together"
            )
        if data:
            datasets.append(getattr(reader_at(data, class_names=classes), split.value)(classes))
        else:
            settings = detector.config.model_copy(update={"classes": classes})
            datasets.append(api.dataset(settings, split.value))
        if len(datasets[-1]) != len(datasets[0]):
            raise DatasetError(
                f"{name}: its data set has {counted(len(datasets[-1]), 'image')}, and that of {names[0]} has "
                f"{len(datasets[0])}; name one data set for all, with --data or --set data..."
            )
    return datasets


def _print(evaluations: Sequence[Evaluation], reports: Sequence[Report], as_json: bool) -> None:
    if len(reports) == 1:
        print_json(reports[0].to_dict()) if as_json else print_line(str(reports[0]).rstrip())
        return
    named = [(each.name, report) for each, report in zip(evaluations, reports, strict=True)]
    if as_json:
        print_json({"runs": [{"name": name, **report.to_dict()} for name, report in named]})
        return
    for name, report in named:
        print_heading(name)
        print_line(f"{str(report).rstrip()}\n")
