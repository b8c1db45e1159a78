"""``zoo data check`` and ``zoo data show``: what is in a data set, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo_core.cli.options import JsonOption, SetOption, offering
from zoo_core.cli.output import print_heading, print_json, print_line, print_problems, print_table, screen_width
from zoo_core.cli.progress import WorkProgress
from zoo_core.common.errors import ArgumentError, DatasetError
from zoo_core.common.files import as_path
from zoo_core.common.messages import counted, one_line, shown
from zoo_core.common.writing import check_writable
from zoo_core.config.loading import load_config
from zoo_core.config.overrides import parse_override
from zoo_core.data.checks.checking import DataReport, check_data
from zoo_core.data.checks.summary import Histogram
from zoo_core.data.opening import as_annotated, reader_at
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.data.sheet import data_sheet

__all__ = ["check", "show"]

_WIDEST_BAR = 40
_BESIDE_BAR = 30
"""Cells that are left for what stands before a bar."""

PathArgument = Annotated[Path, typer.Argument(metavar="PATH", help="The folder of a data set.", show_default=False)]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="Such as voc, coco, yolo, csv or labelme; recognised by default.",
        autocompletion=offering("formats"),
    ),
]
ClassesOption = Annotated[
    str | None,
    typer.Option("--classes", metavar="A,B", help="The expected classes, separated by commas."),
]


def check(
    path: PathArgument,
    format: FormatOption = None,
    classes: ClassesOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> int:
    """Report what is in a data set and what is wrong with it; exit 2 if training would refuse it.

    Everything is read once. --set replaces settings of the reader, as broken=refuse.
    """
    with WorkProgress() as progress:
        report = check_data(path, format, _names(classes), _table(overrides), progress.checked)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report)
    return 0 if report.can_train else 2


def show(
    path: PathArgument,
    out: Annotated[Path, typer.Option(help="The picture to write.")] = Path("data.png"),
    split: Annotated[str | None, typer.Option(metavar="NAME", help="The split; by default the first.")] = None,
    count: Annotated[int, typer.Option(help="The number of images, spread evenly over the split.", min=1, max=100)] = 8,
    format: FormatOption = None,
    classes: ClassesOption = None,
    config: Annotated[
        str | None,
        typer.Option(
            metavar="CONFIG",
            help="A detector, for its augmentation; SSD's by default.",
            show_default=False,
            autocompletion=offering("configs"),
        ),
    ] = None,
    overrides: SetOption = None,
) -> None:
    """Draw the boxes of a data set on its images, before and after augmentation.

    Broken boxes are reported and left out. --set replaces settings of the reader.
    """
    out = as_path(out)
    check_writable(out, DatasetError, IMAGE_SUFFIXES)
    detector = load_config(config) if config else None
    names = _names(classes)
    reader = reader_at(path, format, names, _table(overrides))
    dataset = as_annotated(reader, split, names, detector.classes if detector else ())
    print_problems(dataset.problems)
    write_image(data_sheet(dataset, count, detector), out)
    print_line(f"{out}: {counted(min(count, len(dataset)), 'image')} of {len(dataset)}, each also after augmentation")


def _names(classes: str | None) -> tuple[str, ...] | None:
    if classes is None:
        return None
    names = tuple(name.strip() for name in classes.split(","))
    if not all(names):
        raise ArgumentError(f"--classes: a name is empty; given {shown(classes)}")
    return names


def _table(overrides: list[str] | None) -> dict[str, Any]:
    return dict(parse_override(text) for text in overrides or ())


def _print_report(report: DataReport) -> None:
    print_heading(f"{report.root}: {report.format}")
    total = report.total
    if total.images:
        _print_splits(report)
        for histogram in total.histograms():
            _print_section(histogram.title)
            _print_bars(histogram)
    _print_faults(report)


def _print_splits(report: DataReport) -> None:
    splits = [
        (name, split.images, sum(split.classes.values()), split.objects.count(0))
        for name, split in report.splits.items()
    ]
    print_table(splits, ("split", "images", "boxes", "images without boxes"), indent=2)
    by_class = [
        [name, *(split.classes[name] for split in report.splits.values())]
        for name, _ in report.total.classes.most_common()
    ]
    if by_class:
        _print_section("boxes of each class")
        print_table(by_class, ("class", *report.splits), indent=2)


def _print_section(title: str) -> None:
    print_line()
    print_heading(title)


def _print_bars(histogram: Histogram) -> None:
    most = max(*histogram.counts, 1)
    widest = min(_WIDEST_BAR, screen_width() - _BESIDE_BAR)
    rows = [
        (label, count, "#" * -(-count * widest // most))
        for label, count in zip(histogram.labels, histogram.counts, strict=True)
    ]
    print_table(rows, indent=2)


def _print_faults(report: DataReport) -> None:
    _print_section(counted(len(report.faults), "problem") if report.faults else "no problems")
    marked = [(fault.kind, "error" if fault in report.refused else "note", fault) for fault in report.faults]
    for heading in dict.fromkeys((kind, mark) for kind, mark, _ in marked):
        print_line(f"  {heading[0]} ({heading[1]})")
        for kind, mark, fault in marked:
            if (kind, mark) == heading:
                print_line(f"    {one_line(str(fault))}")
    if not report.can_train:
        print_line("\nTraining would refuse this data: correct what is marked as error.")
