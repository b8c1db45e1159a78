"""``zoo train``: from a configuration to a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from zoo_core import api
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigArgument, SetOption
from zoo_core.cli.output import print_heading, print_line, print_problems, print_table
from zoo_core.cli.progress import WorkProgress
from zoo_core.config_files import load_config
from zoo_core.contact_sheet import contact_sheet, fitted
from zoo_core.data.images import write_image
from zoo_core.detector import Detector
from zoo_core.errors import counted
from zoo_core.interfaces import Dataset
from zoo_core.run import Run
from zoo_core.training import train_run

__all__ = ["train"]

_PICTURE = "found.png"
_CONTENTS = {
    _PICTURE: "what it finds in some images that it has not learned from",
    "metrics.json": "the scores above",
    "log.jsonl": "what every epoch measured",
    "weights.params": "its weights",
    "config.yaml": "all its settings, class names included",
    "transfer.txt": "what was taken from the weights from which it began, layer by layer",
    "versions.json": "which versions of the zoo and its plugins made it",
}
_COLUMNS, _ROWS, _SIDE = 4, 3, 360
_SHOWN_SCORE = 0.5


def train(
    config: ConfigArgument,
    out: Annotated[
        Path | None, typer.Option(help="A new folder for the results; runs/ and the time by default.")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Begin from these weights: a run folder, a .params file, or gluoncv:NAME.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="CONFIG is the run folder of a training that was stopped: go on with it.")
    ] = False,
    overrides: SetOption = None,
) -> None:
    """Train a detector, score it, and show what it finds.

    It is scored on the validation images; some of them are drawn with what was found.
    """
    stopped = None
    if resume:
        if out or weights or overrides:
            raise typer.BadParameter("a training goes on as it began: --out, --weights and --set are not for --resume")
        stopped = Run.open_stopped(Path(config))
        settings = stopped.config
    else:
        settings = load_config(load_config(config, overrides), {"weights.source": weights} if weights else None)
    learned_from, scored_on = api.dataset(settings, "train"), api.dataset(settings, "validation")
    print_problems(list(dict.fromkeys([*learned_from.problems, *scored_on.problems])))
    if stopped:
        detector, run = stopped.detector(), stopped
    else:
        fetch_published(settings.weights.source)
        detector, run = api.build(settings), Run.create(settings, out)
    if transfer := detector.engine.transfer:
        print_line(transfer.summary)
    print_line(
        f"{config}: {counted(len(settings.classes), 'class', 'classes')} at {settings.input_size}; "
        f"{counted(len(learned_from), 'image')} to train on in {counted(settings.training.epochs, 'epoch')}, "
        f"{len(scored_on)} to score on"
    )
    try:
        with WorkProgress() as progress:
            report = train_run(detector, run, learned_from, scored_on, progress.step, progress.scored, resume=resume)
    except KeyboardInterrupt:
        if run.checkpoint.is_file():
            print_line(f"stopped; go on from its last whole epoch: zoo train {run.folder} --resume", error=True)
        raise
    write_image(_found_in(detector, scored_on), run.folder / _PICTURE)
    print_line(f"\n{str(report).rstrip()}\n")
    print_heading(f"The detector is in {run.folder}")
    print_table([(name, what) for name, what in _CONTENTS.items() if (run.folder / name).is_file()], indent=2)
    print_line(f"\nUse it: zoo predict {run.folder} IMAGE")


def _found_in(detector: Detector, dataset: Dataset) -> NDArray[np.uint8]:
    """A sheet of the first images with what is found in them."""
    shown = range(min(_COLUMNS * _ROWS, len(dataset)))
    images = [fitted(dataset[index].image, _SIDE) for index in shown]
    drawn = [found.above(_SHOWN_SCORE).plot() for found in detector.stream(images)]
    return contact_sheet(drawn, columns=_COLUMNS, side=_SIDE)
