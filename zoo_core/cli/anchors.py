"""``zoo anchors``: how the anchors of a detector meet a data set, and which would meet it better."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo_core.cli.options import ConfigArgument, JsonOption, SetOption
from zoo_core.cli.output import print_heading, print_json, print_line, print_problems, print_table
from zoo_core.cli.progress import WorkProgress
from zoo_core.common.errors import DatasetError
from zoo_core.common.files import as_path
from zoo_core.common.messages import counted
from zoo_core.common.tables import to_yaml
from zoo_core.common.writing import check_writable
from zoo_core.config.loading import load_config
from zoo_core.data.opening import dataset as open_dataset
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.evaluation.anchors.checking import check_anchors
from zoo_core.evaluation.anchors.report import AnchorReport, Group, Unreached
from zoo_core.evaluation.anchors.sheet import unreached_sheet

__all__ = ["anchors"]

_MOST_LISTED = 10


def anchors(
    config: ConfigArgument,
    out: Annotated[Path, typer.Option(help="The picture of objects that are not reached.")] = Path("anchors.png"),
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report how well a detector's anchors cover its training images, and propose better ones.

    An object is reached when the encoder gives it an anchor that overlaps it by the encoder's threshold. Objects
    are taken as they are annotated, without augmentation. Those that are not reached are drawn with the anchor
    that is nearest. What is proposed was measured in the same way and is better.
    """
    out = as_path(out)
    check_writable(out, DatasetError, IMAGE_SUFFIXES)
    settings = load_config(config, overrides)
    dataset = open_dataset(settings, "train")
    print_problems(dataset.problems)
    with WorkProgress() as progress:
        report = check_anchors(settings, dataset, progress.checked)
    if report.unreached:
        write_image(unreached_sheet(dataset, report.unreached), out)
    if as_json:
        print_json({"config": config, **report.to_dict(), "picture": str(out) if report.unreached else None})
        return
    _print_report(config, report, out)


def _print_report(config: str, report: AnchorReport, out: Path) -> None:
    print_heading(f"{config}: {report.plan.anchor_count} anchors at {report.plan.input_size}")
    rule = "the encoder's threshold" if report.encoder_has_threshold else "the default: the encoder has no threshold"
    print_line(
        f"  {counted(report.overall.objects, 'object')} in {counted(report.images, 'image')}; "
        f"an object is reached by an anchor of IoU {report.threshold:g} ({rule})\n"
    )
    _print_groups([report.overall, *report.by_size, *report.by_class])
    print_line(
        "  small, medium, large: area of the box below 32x32, below 96x96, and above, in pixels of the picture\n"
    )
    maps = zip(report.plan.feature_maps, report.plan.anchors_per_map, report.positives, strict=True)
    print_table(
        [(str(map_), map_.stride, count, given) for map_, count, given in maps],
        ("map", "stride", "anchors per image", "assigned to objects"),
        indent=2,
    )
    print_line()
    _print_unreached(report.unreached, out)
    _print_proposal(report)


def _print_groups(groups: list[Group]) -> None:
    rows = [
        (
            group.name,
            group.objects,
            "-" if group.recall is None else f"{group.recall:.3f}",
            group.forced,
            group.missed,
            f"{group.mean_iou:.3f}" if group.objects else "-",
        )
        for group in groups
    ]
    print_table(rows, ("", "objects", "reached", "only nearest", "no anchor", "mean IoU of the best anchor"), indent=2)


def _print_unreached(objects: tuple[Unreached, ...], out: Path) -> None:
    if not objects:
        print_line("Every object is reached.\n")
        return
    print_line(f"{counted(len(objects), 'object')} not reached, the farthest drawn in {out}:")
    rows = [
        (each.image_id, each.class_name, f"{each.best_iou:.3f}", "no anchor" if each.missed else "")
        for each in objects[:_MOST_LISTED]
    ]
    print_table(rows, ("image", "class", "best IoU", ""), indent=2)
    if len(objects) > _MOST_LISTED:
        print_line(f"  and {len(objects) - _MOST_LISTED} more; --json lists all")
    print_line()


def _print_proposal(report: AnchorReport) -> None:
    if report.proposal is None:
        print_line(
            "No better sizes were found: keep the present ones."
            if report.can_be_fitted
            else "This anchor generator cannot be fitted to objects, so nothing is proposed."
        )
        return
    after = report.proposal.overall
    print_line(
        f"Better, as measured on the same objects: reached {report.overall.recall:.3f} -> {after.recall:.3f}, "
        f"mean IoU {report.overall.mean_iou:.3f} -> {after.mean_iou:.3f}, "
        f"only nearest {report.overall.forced} -> {after.forced}, no anchor {report.overall.missed} -> {after.missed}"
    )
    print_line(to_yaml({"anchors": report.proposal.changed}).rstrip())
