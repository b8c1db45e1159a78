"""Small data sets, written as the real tools write them; the facts are from the tools' own sources.

Each writer gets a folder, and writes pictures of 128x96 with the objects of `OBJECTS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

__all__ = ["COCO", "OBJECTS", "VOC", "YOLO", "paint"]

WIDTH, HEIGHT = 128, 96
OBJECTS: dict[str, list[tuple[str, tuple[int, int, int, int]]]] = {
    "p0": [("cat", (16, 24, 48, 72)), ("dog", (64, 12, 112, 84))],
    "p1": [("dog", (0, 0, 128, 96))],
    "p2": [("cat", (32, 48, 64, 96))],
}
"""Class and corners in pixels of the objects of each picture; p2 is to score on, where there are splits."""
NAMES = ("cat", "dog")
Write = Callable[[Path], None]


def paint(path: Path, name: str) -> None:
    """A picture of its own for each name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([*name.encode()])
    cv2.imwrite(str(path), rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))


def text(path: Path, content: str, encoding: str = "utf-8") -> None:
    """A file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode(encoding))


# YOLO


def labels(name: str, more: Callable[[Sequence[float]], str] = lambda _: "", newline: str = "\n") -> str:
    """The lines of a label file: class, centre and size in fractions, and what follows."""
    lines = []
    for label, (x1, y1, x2, y2) in OBJECTS[name]:
        box = (x1 + x2) / 2 / WIDTH, (y1 + y2) / 2 / HEIGHT, (x2 - x1) / WIDTH, (y2 - y1) / HEIGHT
        lines.append(f"{NAMES.index(label)} {' '.join(f'{each:.6f}' for each in box)}{more(box)}{newline}")
    return "".join(lines)


def yolo_folders(root: Path, pattern: str = "{kind}/{split}/{name}", **how: object) -> None:
    for split, names in (("train", ("p0", "p1")), ("val", ("p2",))):
        for name in names:
            paint(root / f"{pattern.format(kind='images', split=split, name=name)}.jpg", name)
            text(root / f"{pattern.format(kind='labels', split=split, name=name)}.txt", labels(name, **how))


def ultralytics(root: Path) -> None:
    yolo_folders(root)
    text(root / "labels" / "train.cache", "\0")
    text(
        root / "pets.yaml",
        "path: ../datasets/pets\ntrain: images/train\nval: images/val\ntest:\n\nnames:\n  0: cat\n  1: dog\n",
    )


def ultralytics_lists(root: Path) -> None:
    """One folder of images, split by lists (autosplit); classes.txt left by an annotation tool."""
    yolo_folders(root, "{kind}/{name}")
    text(root / "labels" / "classes.txt", "cat\ndog\n")
    text(root / "train.txt", "./images/p0.jpg\n./images/p1.jpg\n")
    text(root / "val.txt", "./images/p2.jpg\n")
    text(root / "data.yaml", "train: train.txt\nval: val.txt\nnc: 2\nnames: [cat, dog]\n")


def lists_of_another_computer(root: Path) -> None:
    yolo_folders(root)
    text(root / "train.txt", "/home/ann/pets/images/train/p0.jpg\r\nC:\\Users\\ann\\pets\\images\\train\\p1.jpg\r\n")
    text(root / "val.txt", "\ufeff../other/images/val/p2.jpg\r\n")
    text(root / "data.yaml", "path: C:/Users/ann/pets\r\ntrain: train.txt\r\nval: val.txt\r\nnames: ['cat', 'dog']\r\n")


def absolute_lists(root: Path) -> None:
    yolo_folders(root)
    here = root.absolute()
    text(root / "train.txt", "".join(f"{here}/images/train/{name}.jpg\n" for name in ("p0", "p1")))
    text(root / "data.yaml", f"path: {here}\ntrain: {here}/train.txt\nval: {here}/images/val\nnames: [cat, dog]\n")


def roboflow_yolov8(root: Path) -> None:
    """YOLOv5 is the same; test is named, and not there when there are no pictures for it."""
    yolo_folders(root, "{split}/{kind}/{name}_jpg.rf.0a1b")
    (root / "val").rename(root / "valid")
    paths = "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n"
    text(
        root / "data.yaml", f"{paths}\nnc: 2\nnames: ['cat', 'dog']\n\nroboflow:\n  version: 1\n  license: CC BY 4.0\n"
    )
    text(root / "README.roboflow.txt", "pets\n")


def roboflow_on_windows(root: Path) -> None:
    roboflow_yolov8(root)
    text(root / "data.yaml", "train: ..\\train\\images\nval: ..\\valid\\images\nnames: ['cat', 'dog']\n")


def roboflow_darknet(root: Path) -> None:
    yolo_folders(root, "{split}/{name}_jpg.rf.0a1b")
    (root / "val").rename(root / "valid")
    for split in ("train", "valid"):
        text(root / split / "_darknet.labels", "cat\ndog")


def cvat_yolo(root: Path) -> None:
    """YOLO 1.1 of CVAT and Datumaro: Darknet's files, with a prefix for a folder that is not there."""
    for split, folder in (("train", "obj_train_data"), ("valid", "obj_valid_data")):
        names = ("p0", "p1") if split == "train" else ("p2",)
        for name in names:
            paint(root / folder / f"{name}.jpg", name)
            text(root / folder / f"{name}.txt", labels(name))
        text(root / f"{split}.txt", "".join(f"data/{folder}/{name}.jpg\n" for name in names))
    text(root / "obj.names", "cat\ndog\n")
    lists = "train = data/train.txt\nvalid = data/valid.txt\n"
    text(root / "obj.data", f"classes = 2\n{lists}names = data/obj.names\nbackup = backup/\n")


def voc_label(root: Path) -> None:
    """Darknet's voc_label.py: labels beside JPEGImages, and voc.data with paths of Darknet's own folder."""
    for file, year, names in (("train", "2012", ("p0", "p1")), ("2007_test", "2007", ("p2",))):
        for name in names:
            paint(root / f"VOCdevkit/VOC{year}/JPEGImages/{name}.jpg", name)
            text(root / f"VOCdevkit/VOC{year}/labels/{name}.txt", labels(name))
        lines = (f"/home/ann/voc/VOCdevkit/VOC{year}/JPEGImages/{name}.jpg\n" for name in names)
        text(root / f"{file}.txt", "".join(lines))
    text(
        root / "voc.data",
        "classes= 2\ntrain  = /home/ann/voc/train.txt\nvalid  = data/voc/2007_test.txt\nnames = data/voc.names\n"
        "backup = /home/ann/backup/\n",
    )
    text(root / "voc.names", "cat\ndog\n")


def cvat_ultralytics(root: Path) -> None:
    yolo_folders(root)
    for split, names in (("train", ("p0", "p1")), ("val", ("p2",))):
        text(root / f"{split}.txt", "".join(f"images/{split}/{name}.jpg\n" for name in names))
    text(root / "data.yaml", "names:\n  0: cat\n  1: dog\npath: .\ntrain: train.txt\nval: val.txt\n")


def fiftyone_yolo(root: Path) -> None:
    yolo_folders(root)
    where = "path: /home/ann/fiftyone/pets\ntrain: ./images/train/\nval: ./images/val/\n"
    text(root / "dataset.yaml", f"names:\n  0: cat\n  1: dog\n{where}")


def pose(dims: int, points: int) -> Write:
    """Keypoints behind the box; here their count is even, as that of a polygon would be."""

    def write(root: Path) -> None:
        more = " 0.9 0.1" + " 2" * (dims == 3)
        yolo_folders(root, more=lambda _: more * points)
        lines = f"train: images/train\nval: images/val\nkpt_shape: [{points}, {dims}]\nflip_idx: [0]\n"
        text(root / "data.yaml", f"{lines}names:\n  0: cat\n  1: dog\n")

    return write


def label_studio_yolo(root: Path) -> None:
    for name in OBJECTS:
        paint(root / "images" / f"{name}.jpg", name)
        text(root / "labels" / f"{name}.txt", labels(name))
    text(root / "classes.txt", "cat\ndog\n")
    text(root / "notes.json", '{"categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]}')


def labelimg_yolo(root: Path) -> None:
    for name in OBJECTS:
        paint(root / f"{name}.jpg", name)
        text(root / f"{name}.txt", labels(name, newline="\r\n"))
    text(root / "classes.txt", "cat\r\ndog\r\n")


YOLO: dict[str, Write] = {
    "ultralytics": ultralytics,
    "ultralytics_lists": ultralytics_lists,
    "lists_of_another_computer": lists_of_another_computer,
    "absolute_lists": absolute_lists,
    "roboflow_yolov8": roboflow_yolov8,
    "roboflow_on_windows": roboflow_on_windows,
    "roboflow_darknet": roboflow_darknet,
    "cvat_yolo": cvat_yolo,
    "voc_label": voc_label,
    "cvat_ultralytics": cvat_ultralytics,
    "fiftyone_yolo": fiftyone_yolo,
    "pose_4_2": pose(2, 4),
    "pose_2_3": pose(3, 2),
    "label_studio_yolo": label_studio_yolo,
    "labelimg_yolo": labelimg_yolo,
}


# Pascal VOC


def xml(name: str, folder: str = "", more: str = "") -> str:
    """An annotation as LabelImg writes it; VOC counts pixels from 1."""
    objects = "".join(
        f"\n\t<object>\n\t\t<name>{label}</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>"
        f"\n\t\t<difficult>0</difficult>{more}\n\t\t<bndbox>\n\t\t\t<xmin>{x1 + 1}</xmin>\n\t\t\t<ymin>{y1 + 1}</ymin>"
        f"\n\t\t\t<xmax>{x2}</xmax>\n\t\t\t<ymax>{y2}</ymax>\n\t\t</bndbox>\n\t</object>"
        for label, (x1, y1, x2, y2) in OBJECTS[name]
    )
    return (
        f'<annotation verified="yes">\n\t<folder>{folder}</folder>\n\t<filename>{name}.jpg</filename>'
        f"\n\t<path>C:\\Users\\ann\\{name}.jpg</path>\n\t<source>\n\t\t<database>Unknown</database>\n\t</source>"
        f"\n\t<size>\n\t\t<width>{WIDTH}</width>\n\t\t<height>{HEIGHT}</height>\n\t\t<depth>3</depth>\n\t</size>"
        f"\n\t<segmented>0</segmented>{objects}\n</annotation>\n"
    )


def voc_folders(root: Path, inner: str = "", images: str = "JPEGImages", annotations: str = "Annotations") -> None:
    for name in OBJECTS:
        paint(root / images / inner / f"{name}.jpg", name)
        text(root / annotations / inner / f"{name}.xml", xml(name))


def voc_devkit(root: Path) -> None:
    """As VOCtrainval and VOCtest unpacked over each other: with the lists of classes."""
    kit = root / "VOC2007"
    voc_folders(kit)
    lists = {"train": ("p0",), "val": ("p1",), "trainval": ("p0", "p1"), "test": ("p2",)}
    for split, names in lists.items():
        text(kit / "ImageSets" / "Main" / f"{split}.txt", "".join(f"{name}\n" for name in names))
        for label in NAMES:
            flags = ((name, 1 if label in dict(OBJECTS[name]) else -1) for name in names)
            text(
                kit / "ImageSets" / "Main" / f"{label}_{split}.txt",
                "".join(f"{name} {flag:2}\n" for name, flag in flags),
            )
    text(kit / "ImageSets" / "Segmentation" / "train.txt", "p0\n")


def cvat_voc(root: Path, inner: str = "", flags: bool = False) -> None:
    """PASCAL VOC 1.1 of CVAT: the subset is called default; lists of classes are empty, or have flags."""
    voc_folders(root, inner)
    names = [f"{inner}/{name}".strip("/") for name in OBJECTS]
    text(root / "ImageSets" / "Main" / "default.txt", "".join(f"{name}\n" for name in names))
    for label in ("background", *NAMES):
        lines = "".join(f"{name} {1: d}\n" for name in names) if flags else ""
        text(root / "ImageSets" / "Main" / f"{label}_default.txt", lines)
    text(root / "labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:1,0,0::\ndog:2,0,0::\n")


def cvat_voc_subsets(root: Path) -> None:
    """CVAT's subsets are called Train, Validation and Test."""
    voc_folders(root)
    for split, names in (("Train", ("p0", "p1")), ("Validation", ("p2",))):
        text(root / "ImageSets" / "Main" / f"{split}.txt", "".join(f"{name}\n" for name in names))


def vott(root: Path) -> None:
    """VoTT: lists of classes alone, with endings; names with spaces."""
    voc_folders(root)
    for split, names in (("train", ("p0", "p1")), ("val", ("p2",))):
        for label in NAMES:
            lines = [f"{name}.jpg {1 if label in dict(OBJECTS[name]) else -1}" for name in names]
            text(root / "ImageSets" / "Main" / f"{label}_{split}.txt", "\n".join(lines))


def roboflow_voc(root: Path) -> None:
    for split, names in (("train", ("p0", "p1")), ("valid", ("p2",))):
        for name in names:
            paint(root / split / f"{name}_jpg.rf.0a1b.jpg", name)
            text(root / split / f"{name}_jpg.rf.0a1b.xml", xml(name, more="<occluded>0</occluded>"))
    text(root / "README.roboflow.txt", "pets\n")


def labelimg_beside(root: Path) -> None:
    voc_folders(root, images="", annotations="")
    text(root / "predefined_classes.txt", "cat\ndog\n")


VOC: dict[str, Write] = {
    "voc_devkit": voc_devkit,
    "folders_with_capitals": lambda root: voc_folders(root, "", "Images", "Annotations"),
    "folder_of_annots": lambda root: voc_folders(root, "", "images", "annots"),
    "cvat_voc": cvat_voc,
    "cvat_voc_flags": lambda root: cvat_voc(root, flags=True),
    "cvat_voc_folders": lambda root: cvat_voc(root, inner="a"),
    "cvat_voc_subsets": cvat_voc_subsets,
    "vott": vott,
    "roboflow_voc": roboflow_voc,
    "labelimg_beside": labelimg_beside,
    "labelimg_folders": lambda root: voc_folders(root, images="images", annotations="annotations"),
    "label_studio_voc": lambda root: voc_folders(root, images="images"),
    "labelme2voc": voc_folders,
    "fiftyone_voc": lambda root: voc_folders(root, images="data", annotations="labels"),
}


# COCO


def coco_table(
    names: Sequence[str], file_name: str = "{}.jpg", ids: Callable[[int], object] = int, first: int = 1
) -> dict:
    """A file of COCO; `ids` says how ids are written."""
    images = [
        {"id": ids(number), "file_name": file_name.format(name), "width": WIDTH, "height": HEIGHT}
        for number, name in enumerate(names, start=1)
    ]
    annotations = []
    for number, name in enumerate(names, start=1):
        for label, (x1, y1, x2, y2) in OBJECTS[name]:
            box = [float(x1), float(y1), float(x2 - x1), float(y2 - y1)]
            annotation = {"id": len(annotations) + 1, "image_id": ids(number), "bbox": box, "iscrowd": 0}
            category = {"category_id": ids(NAMES.index(label) + first), "area": box[2] * box[3], "segmentation": []}
            annotations.append(annotation | category)
    categories = [{"id": ids(place + first), "name": name, "supercategory": ""} for place, name in enumerate(NAMES)]
    return {"info": {}, "licenses": [], "images": images, "categories": categories, "annotations": annotations}


def coco_file(root: Path, path: str, images: str, names: Sequence[str] = tuple(OBJECTS), **how: object) -> dict:
    """A file of COCO, and its images in a folder; gives its table."""
    table = coco_table(names, **how)
    text(root / path, json.dumps(table))
    for name in names:
        paint(root / images / f"{name}.jpg", name)
    return table


def coco_2017(root: Path) -> None:
    """Beside the boxes are keypoints, captions, stuff and panoptic segmentations; ids have gaps."""
    for split, names in (("train", ("p0", "p1")), ("val", ("p2",))):
        table = coco_file(
            root, f"annotations/instances_{split}2017.json", f"{split}2017", names, ids=lambda n: n * 7 + 2
        )
        captions = [{"id": 1, "image_id": 9, "caption": "a cat"}]
        text(root / f"annotations/captions_{split}2017.json", json.dumps({**table, "annotations": captions}))
        for kind in ("person_keypoints", "stuff", "panoptic"):
            text(root / f"annotations/{kind}_{split}2017.json", json.dumps({**table, "annotations": [{}]}))


def cvat_coco_subsets(root: Path) -> None:
    """A project of CVAT with its own names of subsets."""
    for split, names in (("Train", ("p0", "p1")), ("Validation", ("p2",))):
        coco_file(root, f"annotations/instances_{split}.json", f"images/{split}", names)


def fiftyone_coco_splits(root: Path) -> None:
    for split, names in (("train", ("p0", "p1")), ("validation", ("p2",))):
        coco_file(root, f"{split}/labels.json", f"{split}/data", names)


def roboflow_coco(root: Path) -> None:
    """Category 0 is that of the project, and may have the name of a class."""
    for split, names in (("train", ("p0", "p1")), ("valid", ("p2",))):
        table = coco_file(root, f"{split}/_annotations.coco.json", split, names)
        table["categories"].insert(0, {"id": 0, "name": "cat", "supercategory": "none"})
        text(root / f"{split}/_annotations.coco.json", json.dumps(table))


def one_entry_an_annotation(root: Path) -> None:
    table = coco_file(root, "annotations/instances_default.json", "images")
    entries = {each["id"]: each for each in table["images"]}
    table["images"] = [dict(entries[each["image_id"]]) for each in table["annotations"]]
    text(root / "annotations/instances_default.json", json.dumps(table))


def an_id_an_annotation(root: Path) -> None:
    """The same, with an id of its own for each entry."""
    table = coco_file(root, "annotations/instances_default.json", "images")
    entries = {each["id"]: each for each in table["images"]}
    table["images"] = [{**entries[each["image_id"]], "id": each["id"]} for each in table["annotations"]]
    table["annotations"] = [{**each, "image_id": each["id"]} for each in table["annotations"]]
    text(root / "annotations/instances_default.json", json.dumps(table))


def paths_of_another_computer(folders: str) -> Write:
    """As label tools write that had the pictures elsewhere; what the paths have in common is not here."""

    def write(root: Path) -> None:
        for split, names in (("train", ("p0", "p1")), ("val", ("p2",))):
            table = coco_file(root, f"annotations/instances_{split}.json", f"images/{split}", names)
            for each in table["images"]:
                each["file_name"] = folders.format(split) + each["file_name"]
            text(root / f"annotations/instances_{split}.json", json.dumps(table))

    return write


def flags_as(value: object) -> Write:
    def write(root: Path) -> None:
        table = coco_file(root, "result.json", "images")
        table["annotations"] = [{**each, "iscrowd": value} for each in table["annotations"]]
        text(root / "result.json", json.dumps(table), "utf-8-sig")

    return write


COCO: dict[str, Write] = {
    "coco_2017": coco_2017,
    "roboflow_coco": roboflow_coco,
    "cvat_coco_subsets": cvat_coco_subsets,
    "fiftyone_coco_splits": fiftyone_coco_splits,
    "cvat_coco": lambda root: coco_file(root, "annotations/instances_default.json", "images/default"),
    "cvat_coco_keypoints": lambda root: coco_file(root, "annotations/person_keypoints_default.json", "images/default"),
    "label_studio_coco": lambda root: coco_file(root, "result.json", "images", file_name="images\\{}.jpg", first=0),
    "label_studio_masks": lambda root: coco_file(
        root, "result_coco.json", "images", file_name="images/{}.jpg", first=0
    ),
    "fiftyone_coco": lambda root: coco_file(root, "labels.json", "data"),
    "labelme2coco": lambda root: coco_file(root, "annotations.json", "JPEGImages", file_name="JPEGImages/{}.jpg"),
    "roboflow_coco_of_one_folder": lambda root: coco_file(root, "_annotations.coco.json", ""),
    "ids_as_text": lambda root: coco_file(root, "result.json", "images", ids=str),
    "ids_as_floats": lambda root: coco_file(root, "result.json", "images", ids=float),
    "one_entry_an_annotation": one_entry_an_annotation,
    "an_id_an_annotation": an_id_an_annotation,
    "paths_of_another_computer": paths_of_another_computer("/home/ann/pets/images/{}/"),
    "paths_of_windows": paths_of_another_computer("D:\\pets\\{}\\"),
    "paths_that_climb": paths_of_another_computer("../../data/media/upload/{}/"),
    "iscrowd_as_text": flags_as("0"),
    "iscrowd_as_float": flags_as(0.0),
    "iscrowd_as_word": flags_as(value=False),
}
