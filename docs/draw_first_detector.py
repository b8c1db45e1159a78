"""Draws the pictures of docs/first_detector.md, by the commands of that page.

``python docs/draw_first_detector.py FOLDER [RUN]``: FOLDER is the data set of the page (BCCD), and RUN the run folder
that its training left; without it the pictures of what was found stay as they are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

HERE = Path(__file__).parent
IMAGES = HERE / "images"
_WIDTH = 1000
_QUALITY = 80


def main(folder: str, run: str | None = None) -> None:
    """Draw them all."""
    cells = Path(folder).resolve()
    run_folder = Path(run).resolve() if run else None
    with tempfile.TemporaryDirectory() as workplace:
        os.chdir(workplace)
        Path("cells").symlink_to(cells)
        Path("cells.yaml").write_text(first_configuration(), encoding="utf-8")
        zoo("data", "show", "cells", "--count", "4", "--out", "data.png")
        zoo("anchors", "cells.yaml", "--out", "anchors.png")
        keep("data.png", "first_data.jpg")
        keep("anchors.png", "first_anchors.jpg")
        if run_folder:
            keep(run_folder / "curves.png", "first_curves.jpg")
            keep(run_folder / "found.png", "first_found.jpg")


def first_configuration() -> str:
    """What the page writes into cells.yaml at first."""
    page = (HERE / "first_detector.md").read_text(encoding="utf-8")
    return page.partition("# cells.yaml\n")[2].partition("```")[0]


def zoo(*arguments: str) -> None:
    """Run a command of the page."""
    program = Path(sys.executable).with_name("zoo")
    subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 -- our own


def keep(picture: str | Path, name: str) -> None:
    """Store a picture as a page needs it: narrow, and small as a file."""
    pixels = cv2.imread(str(picture))
    scale = min(1, _WIDTH / pixels.shape[1])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(IMAGES / name), small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


if __name__ == "__main__":
    main(*sys.argv[1:])
