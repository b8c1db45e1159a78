"""Makes the pictures of the documents anew.

python docs/generate_pictures.py RUN DATA

RUN is what `make demo` leaves, DATA the folder of BCCD (https://github.com/Shenggan/BCCD_Dataset, MIT licence). The
picture of a report needs Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

PICTURES = Path(__file__).parent / "images"
WIDTH, COLOURS = 1000, 256
"""Of a picture in the documents: sharp enough, and small."""
FLAT = 20_000
"""So many colours are those of lines and text, smoothed."""


def kept(picture: Path, name: str) -> None:
    """Write a picture for the documents."""
    image = Image.open(picture).convert("RGB")
    if image.width > WIDTH:
        image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    PICTURES.mkdir(exist_ok=True)
    colours = len(image.getcolors(1 << 24))
    if colours > FLAT:  # photographs; charts are small as they are
        image = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image.save(PICTURES / f"{name}.png", optimize=True)


def run(*command: str | Path) -> None:
    """Run a program that is installed beside Python, or else on the path."""
    beside = Path(sys.executable).parent / command[0]
    subprocess.run([beside if beside.exists() else command[0], *command[1:]], check=True)  # noqa: S603  # programs named here


def main(folder: Path, data: Path) -> None:
    """Make all of them."""
    for name in ("found", "curves"):
        kept(folder / f"{name}.png", name)
    with tempfile.TemporaryDirectory() as made:
        there = Path(made)
        run("zoo", "data", "show", data, "--count", "4", "--out", there / "data.png")
        kept(there / "data.png", "data")
        run("zoo", "eval", folder, "--report", there)
        browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), "chromium")
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1250,1500"]
        run(browser, *options, f"--screenshot={there / 'report.png'}", (there / "report.html").as_uri())
        kept(there / "report.png", "report")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
