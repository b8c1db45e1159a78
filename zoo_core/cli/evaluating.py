"""``zoo eval``: scores a trained detector."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from zoo_core import api
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigOption, JsonOption, RunArgument, SetOption
from zoo_core.cli.output import print_json, print_line, print_problems
from zoo_core.cli.progress import WorkProgress
from zoo_core.evaluation.evaluate import evaluate

__all__ = ["evaluate_run"]


class Split(StrEnum):
    """The images that a configuration names."""

    VALIDATION = "validation"
    TRAIN = "train"


def evaluate_run(
    run: RunArgument,
    split: Annotated[Split, typer.Option(help="On which images of the data set.")] = Split.VALIDATION,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score a trained detector by both rules of Pascal VOC.

    The data set is that of the training, or what --set data... says; --set nms... changes what is reported.
    """
    fetch_published(run)
    detector = api.load(run, overrides, config)
    dataset = api.dataset(detector.config, split.value)
    print_problems(dataset.problems)
    with WorkProgress() as progress:
        report = evaluate(detector, dataset, progress.scored)
    if as_json:
        print_json(report.to_dict())
    else:
        print_line(str(report).rstrip())
