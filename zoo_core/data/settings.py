"""Settings of the core's dataset readers: no numpy and no image library is imported here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, NonNegativeInt, PositiveInt

from zoo_core.components import DatasetSettings

__all__ = ["SHAPES", "ShapesSettings", "VocSettings"]

SHAPES = ("circle", "square", "triangle")
"""The classes of the drawn shapes, in the order of their labels."""


class ShapesSettings(DatasetSettings):
    """Circles, squares and triangles on textured backgrounds, drawn on the fly: no download.

    Source: this project; a picture depends on the seed, its split and its number alone.
    """

    name: Literal["shapes"] = "shapes"
    image_size: Annotated[int, Field(ge=32, le=4096)] = 128
    """Height and width of a picture in pixels."""
    train_images: PositiveInt = 2000
    """Pictures to train on."""
    validation_images: PositiveInt = 100
    """Pictures to score on; none of them is among those to train on."""
    most_objects: Annotated[int, Field(ge=1, le=8)] = 4
    """A picture shows one to this many objects."""
    seed: NonNegativeInt = 0
    """Fixes every picture."""

    def class_names(self) -> Sequence[str]:
        """Circle, square and triangle."""
        return SHAPES


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _checked_split(split: str) -> str:
    parts = split.split("/")
    if len(parts) > 2 or any(part in ("", ".", "..") or "\\" in part for part in parts):
        raise ValueError(
            f"a split is the name of a list in ImageSets/Main, as trainval, "
            f"or that with its folder, as VOC2007/trainval; given {split!r}"
        )
    return split


Splits = Annotated[
    tuple[Annotated[str, AfterValidator(_checked_split)], ...], BeforeValidator(_as_tuple), Field(min_length=1)
]


class VocSettings(DatasetSettings):
    """Folders in the layout of Pascal VOC: Annotations, JPEGImages and ImageSets/Main.

    A split is the name of a list in ImageSets/Main without ``.txt``. Where `root` holds
    several such folders, the folder comes first: ``VOC2007/trainval``.

    Source: Everingham et al., The Pascal Visual Object Classes (VOC) Challenge, 2010, and
    its development kit.
    """

    name: Literal["voc"] = "voc"
    root: Path = Path("~/.mxnet/datasets/voc")
    """A folder with Annotations, JPEGImages and ImageSets, or one that holds such folders (as VOC2007 and
    VOC2012); the default is where GluonCV keeps them."""
    train: Splits = ("trainval",)
    """The split to train on, or a list of splits."""
    validation: Splits = ("test",)
    """The split to score on, or a list of splits."""
    difficult: bool = True
    """Whether objects marked as difficult are trained on; in scores they never count."""
    other_classes: Literal["refuse", "skip"] = "refuse"
    """What becomes of objects of classes that are not configured."""
    broken: Literal["skip", "refuse"] = "skip"
    """What becomes of boxes that are empty, inverted, unreadable or outside of their picture."""
