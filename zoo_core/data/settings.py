"""Settings of the core's dataset readers: no numpy and no image library is imported here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, NonNegativeInt

from zoo_core.components import DatasetSettings

__all__ = [
    "SHAPES",
    "AnnotatedSettings",
    "CocoSettings",
    "CsvSettings",
    "RecordIOSettings",
    "ShapesSettings",
    "VocSettings",
    "YoloSettings",
]

SHAPES = ("circle", "square", "triangle")
"""The classes of the drawn shapes, in the order of their labels."""


_Images = Annotated[int, Field(ge=1, le=10_000_000)]


class ShapesSettings(DatasetSettings):
    """Circles, squares and triangles on textured backgrounds, drawn on the fly: no download.

    Source: this project; a picture depends on the seed, its split and its number alone.
    """

    name: Literal["shapes"] = "shapes"
    image_size: Annotated[int, Field(ge=32, le=4096)] = 128
    """Height and width of a picture in pixels."""
    train_images: _Images = 2000
    """Pictures to train on."""
    validation_images: _Images = 100
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
            f"a split is the name of a list, as trainval, or that with its folder, as VOC2007/trainval; given {split!r}"
        )
    return split


Splits = Annotated[
    tuple[Annotated[str, AfterValidator(_checked_split)], ...], BeforeValidator(_as_tuple), Field(min_length=1)
]


class AnnotatedSettings(DatasetSettings):
    """What the settings of all readers of annotated files share; the base for a reader of your own.

    Its heavy half derives from `zoo_core.data.annotated.AnnotatedReader`.
    """

    root: Path
    """The folder of the data set."""
    train: Splits = ("train",)
    """The split to train on, or a list of splits."""
    validation: Splits = ("val",)
    """The split to score on, or a list of splits; ``val`` also finds valid and validation."""
    other_classes: Literal["refuse", "skip"] = "refuse"
    """What becomes of objects of classes that are not configured."""
    broken: Literal["skip", "refuse"] = "skip"
    """What becomes of boxes that are empty, inverted, unreadable or outside of their picture."""


class VocSettings(AnnotatedSettings):
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


class CocoSettings(AnnotatedSettings):
    """COCO's JSON files, one a split, with the images in folders beside them.

    The file of split ``train`` is found as annotations/instances_train2017.json (of any
    year), annotations/train.json, train/_annotations.coco.json or train.json. Groups
    (iscrowd) are not trained on.

    Source: Lin et al., Microsoft COCO: Common Objects in Context, 2014; the format is that
    of cocodataset.org, "Data format".
    """

    name: Literal["coco"] = "coco"


class YoloSettings(AnnotatedSettings):
    """YOLO's text files, one an image, and the data.yaml that names splits and classes.

    Beside each folder ``images`` is a folder ``labels``; an image without text file has no
    objects. Lines of polygons are read as the box around them.

    Source: Ultralytics, "Object detection datasets overview", and Redmon's Darknet.
    """

    name: Literal["yolo"] = "yolo"


class CsvSettings(AnnotatedSettings):
    """A CSV file a split, an object a line; an image without objects has a line without a box.

    The first line names the columns: filename (or path, image), class (or label, name), and
    xmin, ymin, xmax, ymax (or x1, y1, x2, y2; or x, y, w, h). Columns width and height, if
    there are any, are the size of the picture. Without such a line the columns are path,
    x1, y1, x2, y2, class.

    Source: the tables of TensorFlow's Object Detection API and, without names of columns,
    of keras-retinanet.
    """

    name: Literal["csv"] = "csv"
    unit: bool = False
    """Whether boxes are fractions of the picture; else they are pixels."""


class RecordIOSettings(AnnotatedSettings):
    """MXNet's RecordIO files (.rec) with labels for detection, as im2rec packs and ImageDetIter reads them.

    A split is the name of a file without ``.rec``. Records come in the order of the file,
    so an index (.idx) is not needed. The sixth number of an object, where there is one, says
    whether it is difficult.

    Source: MXNet 1.9.1, python/mxnet/recordio.py, python/mxnet/image/detection.py and
    3rdparty/dmlc-core/include/dmlc/recordio.h.
    """

    name: Literal["recordio"] = "recordio"
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    """The classes in the order of the numbers in the files, which know no names."""

    def class_names(self) -> Sequence[str]:
        """Those of the settings."""
        return self.classes
