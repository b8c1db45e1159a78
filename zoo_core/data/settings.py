"""Settings of the core's dataset readers: no numpy and no image library is imported here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from zoo_core.data.annotated_settings import AnnotatedSettings, Splits, Validation
from zoo_core.parts.components import DatasetSettings

__all__ = [
    "SHAPES",
    "CocoSettings",
    "CsvSettings",
    "CvatSettings",
    "DatumaroSettings",
    "LabelmeSettings",
    "OpenImagesSettings",
    "RecordIOSettings",
    "ShapesSettings",
    "SuperviselySettings",
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
    """Number of pictures to train on."""
    validation_images: _Images = 100
    """Number of pictures to score on; none of them is among those to train on."""
    most_objects: Annotated[int, Field(ge=1, le=8)] = 4
    """Maximum number of objects in a picture, which shows at least one."""
    seed: NonNegativeInt = 0
    """Seed that fixes every picture."""

    def class_names(self) -> Sequence[str]:
        """Circle, square and triangle."""
        return SHAPES


class VocSettings(AnnotatedSettings):
    """Annotations of Pascal VOC, one XML file for each image, in its own folders or as other tools lay them out.

    A split is the name of a list in ImageSets/Main without ``.txt``. Where `root` holds
    several such folders, the folder comes first: ``VOC2007/trainval``. Where there are no
    lists, folders named like splits are the splits (Roboflow's ``train/*.xml``), or all
    annotations are one split (LabelImg, Label Studio, labelme2voc). Where there is neither trainval
    nor test, train and val take their place.

    Source: Everingham et al., The Pascal Visual Object Classes (VOC) Challenge, 2010, and
    its development kit.
    """

    name: Literal["voc"] = "voc"
    root: Path = Path("~/.mxnet/datasets/voc")
    """A folder with Annotations, JPEGImages and ImageSets, or one that holds such folders (as VOC2007 and
    VOC2012); the default is where GluonCV keeps them."""
    train: Splits = ("trainval",)
    """The split to train on, or a list of splits."""
    validation: Validation = ("test",)
    """The split to score on, a list of splits, or, for data without splits, the fraction to hold out."""
    difficult: bool = True
    """Whether objects marked as difficult are trained on; in scores they never count."""


class CocoSettings(AnnotatedSettings):
    """COCO's JSON files, one for each split, with the images in folders beside them.

    The file of split ``train`` is found as annotations/instances_train2017.json (of any
    year), annotations/train.json, train/_annotations.coco.json, train/labels.json or
    train.json. One file for all images is called annotations/instances_default.json (CVAT),
    result.json (Label Studio), labels.json (FiftyOne) or annotations.json (labelme2coco).
    Categories that share a name are one class. Groups (iscrowd) are not trained on.

    Source: Lin et al., Microsoft COCO: Common Objects in Context, 2014; the format is that
    of cocodataset.org, "Data format".
    """

    name: Literal["coco"] = "coco"


class YoloSettings(AnnotatedSettings):
    """YOLO's text files, one for each image, and the data.yaml that names splits and classes.

    Beside each folder ``images`` is a folder ``labels``, or the labels lie beside the images;
    an image without text file has no objects. Lines of polygons are read as the box around
    them; where data.yaml has ``kpt_shape``, a box comes before the keypoints. In place of
    data.yaml, Darknet's obj.data (CVAT writes it), or a list of classes (classes.txt of
    LabelImg and Label Studio, _darknet.labels of Roboflow) will do.

    Source: Ultralytics, "Object detection datasets overview", and Redmon's Darknet.
    """

    name: Literal["yolo"] = "yolo"


class CsvSettings(AnnotatedSettings):
    """One CSV file for each split, one line for each object; an image without objects has a line without a box.

    The file of split ``train`` is train.csv, train_labels.csv (here or in data, annotations
    or images) or train/_annotations.csv; where there is no ``val``, ``test`` is scored on.
    The first line names the columns: filename (or path, image), class (or label, name), and
    xmin, ymin, xmax, ymax (or x1, y1, x2, y2; or x, y, w, h). Columns width and height, if
    there are any, are the size of the picture. Without such a line the columns are path,
    x1, y1, x2, y2, class.

    Source: the tables of the tutorials for TensorFlow's Object Detection API (xml_to_csv.py)
    and, without column names, of keras-retinanet.
    """

    name: Literal["csv"] = "csv"
    unit: bool = False
    """Whether boxes are fractions of the picture; else they are pixels."""


class OpenImagesSettings(AnnotatedSettings):
    """The CSV files of Open Images, one for each split, with the images in a folder of the split.

    The file of split ``train`` is train-annotations-bbox.csv or oidv6-train-annotations-bbox.csv,
    here or in a folder annotations or csv_folder, or train/labels/detections.csv. FiftyOne's
    labels/detections.csv here is the split ``default``. Classes are named as in
    class-descriptions-boxable.csv beside it, or in metadata/classes.csv. Groups (IsGroupOf) are not trained on.

    Source: Kuznetsova et al., The Open Images Dataset V4, 2018; the format is that of
    storage.googleapis.com/openimages/web, "Data Formats".
    """

    name: Literal["openimages"] = "openimages"
    missing_images: Literal["refuse", "skip"] = "refuse"
    """What to do with the lines of missing images, as where only some of the images were downloaded."""


class LabelmeSettings(AnnotatedSettings):
    """The JSON files of labelme, one beside each image; outlines are read as the boxes around them.

    Splits are folders train, val and so on; without such folders all files are the one split
    ``default``. Shapes of one label and group_id are one object. Points and lines have no box.

    Source: labelme, label_file.py and examples/instance_segmentation/labelme2coco.py.
    """

    name: Literal["labelme"] = "labelme"


class SuperviselySettings(AnnotatedSettings):
    """A project of Supervisely: a folder for each dataset, with images in img and their JSON files in ann.

    Each dataset is a split, with those within it; a folder that is itself a dataset is the one split
    ``default``. Outlines, masks, keypoints and cuboids are read as the boxes around them; figures of one
    class that are bound to each other are one object. Points and lines have no box.

    Source: Supervisely, "Supervisely annotation format" and project/project.py.
    """

    name: Literal["supervisely"] = "supervisely"


class DatumaroSettings(AnnotatedSettings):
    """Datumaro's JSON, which CVAT exports too: annotations/train.json with the pictures in images/train.

    Subsets are splits. Outlines, masks and skeletons are read as the boxes around them; points and lines have
    no box.

    Source: Datumaro, plugins/data_formats/datumaro; CVAT, "Datumaro format".
    """

    name: Literal["datumaro"] = "datumaro"


class CvatSettings(AnnotatedSettings):
    """The XML file of CVAT for images 1.1, annotations.xml, with the pictures in a folder images.

    Splits are the subsets of a project; images without one are the split ``default``. FiftyOne
    calls the file labels.xml and the folder data; Datumaro writes one file for each split, train.xml and
    the like. Rotated boxes and outlines are read as the boxes around them. Points and lines have
    no box.

    Source: CVAT, "XML annotation format", version 1.1; Datumaro, cvat_format/exporter.py;
    FiftyOne, utils/cvat.py.
    """

    name: Literal["cvat"] = "cvat"


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
    """The classes in the order of their numbers in the files, which hold no names."""

    def class_names(self) -> Sequence[str]:
        """Those of the settings."""
        return self.classes
