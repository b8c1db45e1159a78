"""Writes the pictures of `tests.data.tools` as other tools do: in XML of CVAT, Open Images' CSV, and labelme's JSON."""

from __future__ import annotations

import json
from pathlib import Path

from tests.data.tools import HEIGHT, NAMES, OBJECTS, WIDTH, Write, paint, text

__all__ = ["CVAT", "DATUMARO", "LABELME", "OPEN_IMAGES", "SUPERVISELY"]

PARTED = (("train", ("p0", "p1")), ("val", ("p2",)))
WHOLE = (*OBJECTS,)
LABELS = dict(zip(NAMES, ("/m/01yrx", "/m/0bt9lr"), strict=True))


def cvat_xml(names: tuple[str, ...]) -> str:
    """The parts that Datumaro and FiftyOne write alike, of the task and of each image."""
    labels = "".join(f"<label><name>{name}</name><attributes></attributes></label>" for name in NAMES)
    images = "".join(
        f'<image id="{number}" name="{name}.jpg" width="{WIDTH}" height="{HEIGHT}">'
        + "".join(
            f'<box label="{label}" occluded="0" xtl="{x1:.2f}" ytl="{y1:.2f}" xbr="{x2:.2f}" ybr="{y2:.2f}"></box>'
            for label, (x1, y1, x2, y2) in OBJECTS[name]
        )
        + "</image>"
        for number, name in enumerate(names)
    )
    task = f"<task><size>{len(names)}</size><mode>annotation</mode><labels>{labels}</labels></task>"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f"<annotations><version>1.1</version><meta>{task}</meta>{images}</annotations>\n"
    )


def fiftyone_cvat(root: Path) -> None:
    text(root / "labels.xml", cvat_xml(WHOLE))
    for name in WHOLE:
        paint(root / "data" / f"{name}.jpg", name)


def datumaro_cvat(root: Path) -> None:
    """A file a subset, and one folder for the images of all."""
    for split, names in PARTED:
        text(root / f"{split}.xml", cvat_xml(names))
        for name in names:
            paint(root / "images" / f"{name}.jpg", name)


def datumaro_cvat_of_one_subset(root: Path) -> None:
    text(root / "default.xml", cvat_xml(WHOLE))
    for name in WHOLE:
        paint(root / "images" / f"{name}.jpg", name)


def fiftyone_open_images(root: Path, names: tuple[str, ...] = WHOLE) -> None:
    """A folder as FiftyOne downloads it for a split."""
    columns = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction"
    lines = [
        f"{name},xclick,{LABELS[label]},1,{x1 / WIDTH},{x2 / WIDTH},{y1 / HEIGHT},{y2 / HEIGHT},0,0,0,0"
        for name in names
        for label, (x1, y1, x2, y2) in OBJECTS[name]
    ]
    text(root / "labels" / "detections.csv", "\n".join([columns, *lines, ""]))
    text(root / "metadata" / "classes.csv", "".join(f"{label},{name}\n" for name, label in LABELS.items()))
    for name in names:
        paint(root / "data" / f"{name}.jpg", name)


def fiftyone_open_images_splits(root: Path) -> None:
    fiftyone_open_images(root / "train", PARTED[0][1])
    fiftyone_open_images(root / "validation", PARTED[1][1])


def labelme(root: Path, name: str, annotations: str, images: str, image_path: str) -> None:
    shapes = [
        {"label": label, "points": [[x1, y1], [x2, y2]], "group_id": None, "shape_type": "rectangle", "flags": {}}
        for label, (x1, y1, x2, y2) in OBJECTS[name]
    ]
    sizes = {"imageHeight": HEIGHT, "imageWidth": WIDTH}
    table = {"version": "5.4.1", "flags": {}, "shapes": shapes, "imagePath": image_path, "imageData": None, **sizes}
    text(root / annotations / f"{name}.json", json.dumps(table, indent=2))
    paint(root / images / f"{name}.jpg", name)


def labelme_beside(root: Path) -> None:
    for name in WHOLE:
        labelme(root, name, "", "", f"{name}.jpg")


def labelme_splits(root: Path, train: str = "train", val: str = "val") -> None:
    for split, names in ((train, PARTED[0][1]), (val, PARTED[1][1])):
        for name in names:
            labelme(root, name, split, split, f"{name}.jpg")


def labelme_output(root: Path) -> None:
    """With an output folder for each split, as on Windows."""
    for split, names in PARTED:
        for name in names:
            labelme(root, name, f"labels/{split}", f"images/{split}", f"..\\..\\images\\{split}\\{name}.jpg")


def supervisely(root: Path, name: str, dataset: str, suffix: str = ".jpg.json") -> None:
    """An image of a project, with everything that a download has."""
    about = {"labelerLogin": "ann", "createdAt": "2024-05-06T07:08:09.012Z", "updatedAt": "2024-05-06T07:08:09.012Z"}
    objects = [
        {
            "id": 497_521_359 + number,
            "classId": 1_661_571,
            "objectId": None,
            "description": "",
            "geometryType": "rectangle",
            **about,
            "tags": [],
            "classTitle": label,
            "points": {"exterior": [[x1, y1], [x2, y2]], "interior": []},
        }
        for number, (label, (x1, y1, x2, y2)) in enumerate(OBJECTS[name])
    ]
    table = {"description": "", "tags": [], "size": {"height": HEIGHT, "width": WIDTH}, "objects": objects}
    text(root / dataset / "ann" / f"{name}{suffix}", json.dumps(table))
    paint(root / dataset / "img" / f"{name}.jpg", name)


def supervisely_project(root: Path, parted: bool = True, suffix: str = ".jpg.json") -> None:
    classes = [{"title": name, "shape": "rectangle", "color": "#0F138A", "geometry_config": {}} for name in NAMES]
    text(root / "meta.json", json.dumps({"classes": classes, "tags": [], "projectType": "images"}))
    text(root / "obj_class_to_machine_color.json", "{}")
    for split, names in PARTED if parted else (("", WHOLE),):
        for name in names:
            supervisely(root, name, split, suffix)
            text(root / split / "img_info" / f"{name}.jpg.json", json.dumps({"name": f"{name}.jpg"}))


def supervisely_nested(root: Path) -> None:
    """Datasets within others: the outer ones may have no image of their own."""
    supervisely(root, "p0", "train/datasets/cats")
    supervisely(root, "p1", "train/datasets/dogs/datasets/all")
    supervisely(root, "p2", "val")


def datumaro(root: Path, parted: bool = True, early: bool = False) -> None:
    """A file a subset; `early` as CVAT 2.0 wrote it, without saving the images' names."""
    labels = {"labels": [{"name": name, "parent": "", "attributes": []} for name in NAMES], "attributes": ["occluded"]}
    head = {"info": {}} if early else {"dm_format_version": "1.0", "media_type": 2, "infos": {}}
    for split, names in PARTED if parted else (("default", WHOLE),):
        items = []
        for name in names:
            common = {"attributes": {"occluded": False, "rotation": 0.0}, "group": 0, "z_order": 0}
            boxes = [
                {"id": 0, "type": "bbox", **common, "label_id": NAMES.index(label), "bbox": [x1, y1, x2 - x1, y2 - y1]}
                for label, (x1, y1, x2, y2) in OBJECTS[name]
            ]
            image = {} if early else {"image": {"path": f"{name}.jpg", "size": [HEIGHT, WIDTH]}}
            items.append({"id": name, "annotations": boxes, "attr": {"frame": 0}, **image})
            paint(root / "images" / split / f"{name}.jpg", name)
        table = {**head, "categories": {"label": labels, "points": {"items": []}}, "items": items}
        text(root / "annotations" / f"{split}.json", json.dumps(table))


CVAT: dict[str, Write] = {
    "fiftyone_cvat": fiftyone_cvat,
    "datumaro_cvat": datumaro_cvat,
    "datumaro_cvat_of_one_subset": datumaro_cvat_of_one_subset,
}
OPEN_IMAGES: dict[str, Write] = {
    "fiftyone_open_images": fiftyone_open_images,
    "fiftyone_open_images_splits": fiftyone_open_images_splits,
}
LABELME: dict[str, Write] = {
    "labelme_beside": labelme_beside,
    "labelme_splits": labelme_splits,
    "labelme_splits_with_capitals": lambda root: labelme_splits(root, "Train", "Val"),
    "labelme_output": labelme_output,
}
DATUMARO: dict[str, Write] = {
    "datumaro": datumaro,
    "cvat_datumaro": lambda root: datumaro(root, parted=False),
    "cvat_datumaro_early": lambda root: datumaro(root, early=True),
}
SUPERVISELY: dict[str, Write] = {
    "supervisely_project": supervisely_project,
    "supervisely_dataset": lambda root: supervisely_project(root, parted=False),
    "supervisely_early": lambda root: supervisely_project(root, suffix=".json"),
    "supervisely_nested": supervisely_nested,
}
