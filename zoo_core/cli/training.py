"""``zoo train``: from a configuration to a run folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from zoo_core.boxes.contact_sheet import SheetHead, contact_sheet, fitted
from zoo_core.boxes.legend import class_entries
from zoo_core.boxes.protocols import Dataset
from zoo_core.cli.circumstances import moved
from zoo_core.cli.cluster_options import ClusterOption, InsecureOption, PartWorkersOption, ThreadsOption
from zoo_core.cli.configs import load_and_note
from zoo_core.cli.engines import with_engine
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigArgument, NetworkDeviceOption, NetworkEngineOption, SetOption, offering
from zoo_core.cli.output import print_contents, print_heading, print_line, print_problems, print_table, print_tables
from zoo_core.cli.progress import WorkProgress
from zoo_core.cli.training_place import training_place
from zoo_core.common.messages import counted
from zoo_core.config.loading import load_config
from zoo_core.config.run_folder import CIRCUMSTANCES_OF_TRAINING
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.evaluation.report import Report
from zoo_core.prediction.detector import Detector
from zoo_core.training import running
from zoo_core.training.session import TrainingSession

__all__ = ["train"]

_PICTURE = "found.png"
_CONTENTS = {
    _PICTURE: "its detections in some validation images",
    "curves.png": "loss, score, learning rate and speed over the steps",
    "metrics.json": "the scores above",
    "metrics.jsonl": "what was measured during training",
    "tensorboard": "the same for TensorBoard",
    "weights.params": "its weights",
    "network.json": "what its network computes, for PyTorch where MXNet is not installed",
    "checkpoints": "the last checkpoints of its training; no longer needed",
    "config.yaml": "all its settings, class names included",
    "transfer.txt": "what was taken from the initial weights, layer by layer",
    "versions.json": "the versions of the zoo and its plugins that made it",
}
_COLUMNS, _ROWS, _SIDE = 4, 3, 360
_SHOWN_SCORE = 0.5
_AS_IT_BEGAN = "a resumed training keeps its settings"


def train(
    config: ConfigArgument,
    out: Annotated[
        Path | None, typer.Option(help="A new folder for the results; by default runs/ and the time.")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Begin from these weights, of a detector or of its backbone's classification network: "
            "a run folder, a .params file, or a name of `zoo list weights`.",
            show_default=False,
            autocompletion=offering("weights"),
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue a stopped training, whose run folder is CONFIG. "
            "If its data has moved: --set data.root=FOLDER.",
        ),
    ] = False,
    debug_batch: Annotated[
        int | None,
        typer.Option(
            metavar="STEP",
            min=1,
            help="Draw the batch of this step with its targets before training starts.",
            show_default=False,
        ),
    ] = None,
    engine: NetworkEngineOption = None,
    device: NetworkDeviceOption = None,
    cluster: ClusterOption = None,
    workers: PartWorkersOption = None,
    threads: ThreadsOption = None,
    insecure: InsecureOption = False,
    overrides: SetOption = None,
) -> None:
    """Train a detector, score it, and show some of its detections.

    It is scored on the validation images; some of them are drawn with what was found. Ctrl-C ends after the step and
    a checkpoint, from which --resume continues; a second one ends at once.
    """
    overrides = with_engine(engine, overrides, device)
    if resume:
        if out or weights:
            raise typer.BadParameter(f"{_AS_IT_BEGAN}: --out and --weights cannot be used with --resume")
        prepare = partial(running.resume, Path(config), moved(overrides, CIRCUMSTANCES_OF_TRAINING, _AS_IT_BEGAN))
    else:
        settings = load_config(load_and_note(config, overrides), {"weights.source": weights} if weights else None)
        prepare = partial(running.begin, settings, out, fetch_published)
    with training_place(cluster, workers, threads, insecure) as make_loop:
        ready = prepare(make_loop=make_loop)
        report = _trained(ready, config, debug_batch)
    write_image(_found_in(ready.detector, ready.validation_set), ready.run.folder / _PICTURE)
    print_line()
    print_tables(report)
    print_line()
    print_heading(f"The detector is in {ready.run.folder}")
    print_contents(ready.run.folder, _CONTENTS)
    print_line()
    _print_next_commands(ready.run.folder)


def _trained(ready: TrainingSession, name: str, debug_batch: int | None) -> Report:
    """Train, and say how it goes; the scores."""
    try:
        _announce(ready, name)
        if debug_batch:
            print_line(f"step {debug_batch} learns from: {ready.draw_batch(debug_batch)}")
    except BaseException:
        ready.close()
        raise
    try:
        with WorkProgress() as progress:
            return ready(progress.step, progress.scored, _say_that_it_stops, progress.score, _warn)
    except (KeyboardInterrupt, SystemExit):
        if ready.checkpoint_step is not None:
            print_line(
                f"zoo: stopped; everything is saved up to step {ready.checkpoint_step}; "
                f"continue with: zoo train {ready.run.folder} --resume",
                error=True,
            )
        raise


def _print_next_commands(folder: Path) -> None:
    commands = [
        (f"zoo predict {folder} IMAGE", "finds objects in pictures and videos"),
        (f"zoo eval {folder} --report FOLDER", "writes a page of what it finds and misses"),
        (f"zoo export {folder} FILE.onnx", "makes a file that runs without MXNet"),
    ]
    print_table(commands)


def _announce(ready: TrainingSession, name: str) -> None:
    """Say what will be trained, and what is strange about it."""
    print_problems(list(dict.fromkeys([*ready.train_set.problems, *ready.validation_set.problems])))
    print_problems(ready.changes)
    if transfer := ready.detector.engine.transfer:
        print_line(transfer.summary)
    settings = ready.run.config
    going_on = f", of which {counted(ready.steps_done, 'step is', 'steps are')} done" if ready.steps_done else ""
    lower = "" if ready.precision == "float32" else f", computed in {ready.precision}"
    print_line(
        f"{name}: {counted(len(settings.classes), 'class', 'classes')} at {settings.input_size}; "
        f"{counted(len(ready.train_set), 'image')} to train on in {counted(settings.training.epochs, 'epoch')}"
        f"{going_on}, {len(ready.validation_set)} to score on{lower}"
    )
    batch = settings.training.batch_size * settings.training.accumulate
    print_line(
        f"{counted(ready.steps, 'step')} of {counted(batch, 'image')} with {ready.runs_on}; "
        f"the results go to {ready.run.folder}"
    )


def _say_that_it_stops() -> None:
    print_line("zoo: stopping after this step; press Ctrl-C again to stop immediately", error=True)


def _warn(message: str) -> None:
    print_line(f"zoo: {message}", error=True)


def _found_in(detector: Detector, dataset: Dataset) -> NDArray[np.uint8]:
    """A sheet of the first images with what is found in them."""
    samples = [dataset[index] for index in range(min(_COLUMNS * _ROWS, len(dataset)))]
    drawn, labels = [], []
    for found in detector.stream(fitted(each.image, _SIDE) for each in samples):
        shown = found.above(_SHOWN_SCORE)
        drawn.append(shown.plot())
        labels.append(shown.labels)
    head = SheetHead(
        f"{counted(len(samples), 'validation image')}: detections of a score of {_SHOWN_SCORE:g} or more",
        entries=class_entries(detector.class_names, np.concatenate(labels)),
    )
    return contact_sheet(drawn, [each.image_id for each in samples], head, columns=_COLUMNS, side=_SIDE)
