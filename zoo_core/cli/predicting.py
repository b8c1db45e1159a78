"""``zoo predict``: what a trained detector finds in images."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from zoo_core import api
from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import ConfigOption, JsonOption, RunArgument, SetOption
from zoo_core.cli.output import print_line, print_problems
from zoo_core.data.images import IMAGE_SUFFIXES, write_image
from zoo_core.detections import Detections
from zoo_core.errors import DatasetError, counted, listed

__all__ = ["predict"]


def predict(
    run: RunArgument,
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE...", help="Image files, and folders of images.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="The folder for the images with what was found drawn in.")] = Path("found"),
    score: Annotated[float, typer.Option(help="The least score of what is reported.", min=0, max=1)] = 0.5,
    config: ConfigOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> int:
    """Find objects in images, print them, and draw them.

    With --json every image is a line of JSON; boxes are corners (x1, y1, x2, y2) in pixels.
    An image that cannot be read is reported, and the others go on; the exit code is then 1.
    """
    fetch_published(run)
    detector = api.load(run, overrides, config)
    failed = []
    for path in _image_files(sources):
        try:
            found = detector.predict(path).above(score)
        except DatasetError as error:
            failed.append(str(error))
            continue
        drawn = out / path.name
        write_image(found.plot(), drawn)
        print_line(json.dumps(found.to_dict()) if as_json else f"{path}: {_in_words(found)} -> {drawn}")
    print_problems(failed)
    return 1 if failed else 0


def _image_files(sources: Sequence[Path]) -> Iterator[Path]:
    for source in sources:
        if not source.is_dir():
            yield source
            continue
        inside = sorted(path for path in source.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
        if not inside:
            raise DatasetError(f"{source}: there are no images in this folder ({listed(IMAGE_SUFFIXES)})")
        yield from inside


def _in_words(found: Detections) -> str:
    counts = Counter(found.names)
    return ", ".join(counted(number, name) for name, number in counts.most_common()) or "nothing found"
