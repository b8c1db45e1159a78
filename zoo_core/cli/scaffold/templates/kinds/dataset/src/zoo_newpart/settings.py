"""The light half: what can be set. Pure Python, for every command imports it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from zoo_core import DatasetSettings

__all__ = ["NewpartSettings"]


class NewpartSettings(DatasetSettings):
    """Images in a folder, with tables of their objects beside them.

    A table has the columns image, class, x1, y1, x2, y2: a file name, a class name, and
    corners in pixels. An image without objects has one row without a class.

    Source: the zoo's template for a dataset reader.
    """

    name: Literal["newpart"] = "newpart"

    root: Path = Path("data")
    """The folder of the images and the tables."""
    train: str = "train.csv"
    """The table of the images to train on."""
    validation: str = "validation.csv"
    """The table of the images to score on."""
