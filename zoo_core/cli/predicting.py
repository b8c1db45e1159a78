"""``zoo predict``: what a trained detector finds in pictures and videos."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from zoo_core.cli.cluster_options import ClusterOption, Format, InsecureOption, WorkersOption
from zoo_core.cli.cluster_place import cluster_place
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import (
    ConfigOption,
    DeviceOption,
    EngineOption,
    FlipOption,
    JsonOption,
    OverlapOption,
    PrecisionOption,
    RunArgument,
    SetOption,
    SliceOption,
    ThreadsOption,
)
from zoo_core.cli.output import print_line
from zoo_core.cli.predicting_on_cluster import Chosen, model_of, predict_on_cluster
from zoo_core.cli.progress import WorkProgress
from zoo_core.cli.views import view_options
from zoo_core.cluster.place import ClusterPlace
from zoo_core.common.errors import ArgumentError, DatasetError
from zoo_core.common.files import as_path
from zoo_core.common.interrupts import Ended
from zoo_core.common.messages import counted, listed, one_line
from zoo_core.common.writing import check_folder_writable, check_writable
from zoo_core.engines.opening import load as load_detector
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.labels import labels_of
from zoo_core.prediction.outputs import Add, FoundObjects
from zoo_core.prediction.outputs.coco import coco_file
from zoo_core.prediction.outputs.csv_table import csv_table
from zoo_core.prediction.outputs.drawn import DrawnFiles
from zoo_core.prediction.outputs.lines import as_json_line, summaries
from zoo_core.prediction.outputs.window import Window, WindowClosedError
from zoo_core.prediction.predicting import predicted
from zoo_core.prediction.sources.finding import Inputs, lines_of
from zoo_core.prediction.sources.pictures import Picture
from zoo_core.prediction.sources.videos import video_facts
from zoo_core.prediction.tracking import ByteTrack
from zoo_core.training.interruption import Interruption

__all__ = ["predict"]


def predict(
    run: RunArgument,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Pictures, videos, folders, patterns in quotes, web addresses, cameras (0), streams (rtsp://...), "
            "what fsspec knows as s3://bucket/photos, or - for a list on standard input.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The folder for the drawn pictures and videos; with --cluster for the files of shards.")
    ] = Path("found"),
    draw: Annotated[
        bool | None,
        typer.Option(
            "--draw/--no-draw", help="Draw the detections; the default without --cluster.", show_default=False
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Show the detections in a window; q or Escape ends.")] = False,
    as_json: JsonOption = False,
    coco: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the detections as COCO JSON.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a table with one row per object.")] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these classes, separated by commas.", show_default=False)
    ] = None,
    score: Annotated[float, typer.Option(help="The minimum score of reported detections.", min=0, max=1)] = 0.5,
    nms: Annotated[
        float | None,
        typer.Option(metavar="IOU", help="IoU above which the lower-scoring box is suppressed: nms.iou.", min=0, max=1),
    ] = None,
    window: SliceOption = None,
    overlap: OverlapOption = None,
    flip: FlipOption = False,
    track: Annotated[
        bool, typer.Option("--track", help="Number objects through the frames of videos and the pictures of folders.")
    ] = False,
    batch: Annotated[int, typer.Option(help="Batch size.", min=1)] = 8,
    engine: EngineOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    threads: ThreadsOption = None,
    config: ConfigOption = None,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    insecure: InsecureOption = False,
    format: Annotated[
        Format | None,
        typer.Option(
            help="Of the files that --cluster writes: jsonl, the lines of --json (the default), or parquet.",
            show_default=False,
        ),
    ] = None,
    overrides: SetOption = None,
) -> int:
    """Detect objects in pictures and videos, print them, and draw them.

    A folder means all pictures and videos in it and below. With --json every picture and every frame is a
    line of JSON; boxes are corners (x1, y1, x2, y2) in pixels. What cannot be read is reported, and the others go
    on; the exit code is then 1.

    With --cluster workers find objects in shards of the pictures, a file each in --out, from which the same command
    continues after it was stopped.
    """
    place = cluster_place(cluster, insecure, threads, workers, threads_alone=True)
    draw = _draws(draw, place, {"--json": as_json, "--coco": coco, "--csv": csv, "--show": show}, track, format)
    for file in (coco, csv):
        if file is not None:
            check_writable(as_path(file), DatasetError)
    if draw:
        check_folder_writable(as_path(out), DatasetError)
    shown = Window() if show else None
    views = view_options(window, overlap, flip)
    inputs = Inputs(sources, lines_of(sys.stdin), as_path(out))
    fetch_published(run)
    settings = [*(overrides or ()), *([] if nms is None else [f"nms.iou={nms}"])]
    if place:
        how = {"config": config, "engine": engine, "device": device, "precision": precision}
        chosen = Chosen(lambda known: _wanted(classes, known), score, batch, (format or Format.JSONL).value, views)
        return predict_on_cluster(place, model_of(place, run, settings, how), inputs, chosen, as_path(out))
    detector = load_detector(
        run, settings or None, config, engine=engine, device=device, precision=precision, threads=threads
    )
    wanted = _wanted(classes, detector.class_names)
    tracker = ByteTrack(score) if track else None
    failures = _Failures()
    with ExitStack() as files:
        progress = files.enter_context(WorkProgress())
        drawn = files.enter_context(DrawnFiles(as_path(out))) if draw else None
        outputs: list[Add] = [_print_json] if as_json else []
        if coco is not None:
            outputs.append(files.enter_context(coco_file(as_path(coco), detector.class_names)))
        if csv is not None:
            outputs.append(files.enter_context(csv_table(as_path(csv), tracked=track)))
        if drawn is not None:
            outputs.append(drawn.add)
        if not as_json:
            outputs.append(files.enter_context(summaries(print_line, drawn.path_of if drawn else None)))
        total = _count(inputs)
        done, stopped = _deliver(
            predicted(detector, inputs, batch, failures.add, _say, **views),
            lambda found: tracker.update(found.of(wanted)) if tracker else found.above(score).of(wanted),
            outputs,
            shown.add if shown else None,
            lambda done: progress.predicted(done + failures.count, total),
        )
    failures.summarise(done)
    if stopped is not None:
        print_line(f"zoo: stopped after {counted(done, 'picture')}; what was found in them is kept", error=True)
        raise stopped
    return 1 if failures.count else 0


def _draws(
    draw: bool | None, place: ClusterPlace | None, others: Mapping[str, object], track: bool, format: Format | None
) -> bool:
    """Whether detections are drawn; on a cluster they go nowhere but to files of shards."""
    if place is None:
        if format:
            raise typer.BadParameter(
                "--format: only with --cluster ADDRESS; elsewhere there are --json, --coco and --csv"
            )
        return draw is not False
    if track:
        raise typer.BadParameter(
            "--track: numbers objects from one picture to the next, which one process has to do: leave out --cluster"
        )
    if names := [name for name, value in {"--draw": draw, **others}.items() if value]:
        raise typer.BadParameter(
            f"{listed(names)}: with --cluster detections go to files in --out, of JSON lines or --format parquet"
        )
    return False


def _deliver(
    predicted: Iterator[tuple[Picture, Detections]],
    choose: Callable[[Detections], Detections],
    outputs: Sequence[Add],
    show: Add | None,
    progress: Callable[[int], None],
) -> tuple[int, BaseException | None]:
    """Hand each picture to all outputs.

    Returns:
        How many were, and what ended it early, as one ends a camera: the files are then written to their end.
    """
    done = 0
    try:
        for picture, found in predicted:
            chosen = choose(found)
            with Interruption() as interruption:  # no file ends in the middle of a picture
                for add in outputs:
                    add(picture, chosen)
            done += 1
            interruption.end()
            progress(done)
            if show:
                show(picture, chosen)
    except WindowClosedError:
        return done, None
    except (KeyboardInterrupt, Ended) as stopped:
        return done, stopped
    return done, None


def _wanted(classes: str | None, known: Sequence[str]) -> Sequence[str]:
    """The classes that are reported."""
    names = known if classes is None else [name.strip() for name in classes.split(",")]
    try:
        labels_of(names, known)
    except ArgumentError as error:
        raise ArgumentError(f"--classes: {error}") from None
    return names


def _count(inputs: Inputs) -> int | None:
    """How many pictures and frames there are to look at; None when that is not known before."""
    if inputs.known is None:
        return None
    count = 0
    for each in inputs.known:
        if isinstance(each, DatasetError):
            count += 1
            continue
        if each.live or (each.is_video and each.is_address):
            return None
        try:
            count += video_facts(each.path).frames if each.is_video else 1
        except DatasetError:  # is reported in its turn
            count += 1
    return count


def _say(line: str) -> None:
    print_line(f"zoo: {one_line(line)}", error=True)


def _print_json(picture: Picture, found: FoundObjects) -> None:
    print_line(as_json_line(picture, found))


class _Failures:
    """What could not be read: each is reported at once, and their number in the end."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, error: DatasetError) -> None:
        self.count += 1
        print_line(f"zoo: {one_line(str(error))}", error=True)

    def summarise(self, done: int) -> None:
        if self.count and done + self.count > 1:
            looked = f"{counted(done, 'picture')} {'was' if done == 1 else 'were'} processed"
            print_line(f"zoo: {self.count} could not be read; {looked}", error=True)
