"""One small data set, written in every format that the core reads, and an image of rectangles to be augmented."""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from zoo_core.boxes.protocols import Sample
from zoo_core.data.settings import (
    CocoSettings,
    CsvSettings,
    CvatSettings,
    DatumaroSettings,
    LabelmeSettings,
    OpenImagesSettings,
    RecordIOSettings,
    SuperviselySettings,
    VocSettings,
    YoloSettings,
)

CLASSES = ("cat", "dog")
FORMATS = ("voc", "coco", "yolo", "csv", "openimages", "labelme", "cvat", "datumaro", "supervisely", "recordio")
HEIGHT, WIDTH = 60, 80
Objects = Sequence[tuple[str, tuple[float, float, float, float]]]
Splits = Mapping[str, Mapping[str, Objects]]

SCENE: Splits = {
    "train": {"a": [("cat", (10, 20, 30, 40)), ("dog", (0, 0, 80, 60))], "b": []},
    "val": {"c": [("dog", (5, 15, 25, 45))]},
}
"""Name and corners of the objects of each picture; every picture has other pixels."""
COLORS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]], np.uint8)
"""Of the rectangles of `painted`."""


def picture(name: str) -> np.ndarray:
    """A picture (60, 80, 3) of its own for each name."""
    seed = int.from_bytes(name.encode(), "big") % (1 << 32)
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def write_picture(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture(name)[:, :, ::-1])


def write_coco(root: Path, splits: Splits = SCENE) -> None:
    categories = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}]
    ids = {each["name"]: each["id"] for each in categories}
    for split, pictures in splits.items():
        images, annotations = [], []
        for number, (name, objects) in enumerate(pictures.items(), start=1):
            write_picture(root / f"{split}2017" / f"{name}.png", name)
            images.append({"id": number, "file_name": f"{name}.png", "height": HEIGHT, "width": WIDTH})
            for label, (x1, y1, x2, y2) in objects:
                annotation = {"id": len(annotations) + 1, "image_id": number, "category_id": ids.get(label, 99)}
                annotations.append({**annotation, "bbox": [x1, y1, x2 - x1, y2 - y1], "iscrowd": 0})
        path = root / "annotations" / f"instances_{split}2017.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))


def write_yolo(root: Path, splits: Splits = SCENE) -> None:
    for split, pictures in splits.items():
        for name, objects in pictures.items():
            write_picture(root / "images" / split / f"{name}.png", name)
            lines = [
                f"{CLASSES.index(label) if label in CLASSES else 9} {(x1 + x2) / 2 / WIDTH} {(y1 + y2) / 2 / HEIGHT} "
                f"{(x2 - x1) / WIDTH} {(y2 - y1) / HEIGHT}\n"
                for label, (x1, y1, x2, y2) in objects
            ]
            path = root / "labels" / split / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            if lines:
                path.write_text("".join(lines))
    places = "".join(f"{split}: images/{split}\n" for split in splits)
    (root / "data.yaml").write_text(f"path: /of/the/author\n{places}names: [cat, dog]\n")


def write_csv(root: Path, splits: Splits = SCENE) -> None:
    for split, pictures in splits.items():
        with (root / f"{split}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"])
            for name, objects in pictures.items():
                write_picture(root / "images" / f"{name}.png", name)
                for label, box in objects:
                    rows.writerow([f"{name}.png", WIDTH, HEIGHT, label, *box])
                if not objects:
                    rows.writerow([f"{name}.png", WIDTH, HEIGHT, "", "", "", "", ""])


def packed(content: bytes) -> bytes:
    """A record in one part, padded."""
    return struct.pack("<II", 0xCED7230A, len(content)) + content + bytes(-len(content) % 4)


def image_record(label: Sequence[float], image: bytes) -> bytes:
    """The content of a record: header, label and image."""
    return struct.pack("<IfQQ", len(label), 0.0, 0, 0) + struct.pack(f"<{len(label)}f", *label) + image


def write_recordio(root: Path, splits: Splits = SCENE) -> None:
    for split, pictures in splits.items():
        records = []
        for name, objects in pictures.items():
            label = [2.0, 6.0]
            for kind, (x1, y1, x2, y2) in objects:
                number = CLASSES.index(kind) if kind in CLASSES else 9
                label += [number, x1 / WIDTH, y1 / HEIGHT, x2 / WIDTH, y2 / HEIGHT, 0]
            image = cv2.imencode(".png", picture(name)[:, :, ::-1])[1].tobytes()
            records.append(packed(image_record(label, image)))
        (root / f"{split}.rec").write_bytes(b"".join(records))


def write_openimages(root: Path, splits: Splits = SCENE) -> None:
    """As CVAT and Datumaro export it: with a list of the images, so that one without boxes is known too."""
    annotations = root / "annotations"
    annotations.mkdir()
    labels = {name: f"/m/0{number}" for number, name in enumerate(CLASSES)}
    (annotations / "class-descriptions.csv").write_text("".join(f"{label},{name}\n" for name, label in labels.items()))
    flags = "IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside"
    for split, pictures in splits.items():
        lines = [f"ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,{flags}"]
        for name, objects in pictures.items():
            write_picture(root / "images" / split / f"{name}.png", name)
            for kind, (x1, y1, x2, y2) in objects:
                sides = f"{x1 / WIDTH},{x2 / WIDTH},{y1 / HEIGHT},{y2 / HEIGHT}"
                lines.append(f"{name},xclick,{labels.get(kind, '/m/09')},1,{sides},0,0,0,0,-1")
        (annotations / f"{split}-annotations-bbox.csv").write_text("\n".join(lines) + "\n")
        ids = "".join(f"{name},{split},,,,,,,,,,0\n" for name in pictures)
        listing = annotations / f"{split}-image_ids_and_rotation.csv"
        listing.write_text(f"ImageID,Subset,OriginalURL,OriginalLandingURL,License,Author,Title\n{ids}")


def labelme_file(image: str, shapes: Sequence[Mapping[str, object]], **others: object) -> str:
    """The text that labelme 5 saves for an image of 60x80."""
    added = {"group_id": None, "description": "", "flags": {}, "mask": None}
    size = {"imageHeight": HEIGHT, "imageWidth": WIDTH}
    entries = [{**added, **shape} for shape in shapes]
    table = {"version": "5.5.0", "flags": {}, "shapes": entries, "imagePath": image, "imageData": None, **size}
    return json.dumps({**table, **others}, indent=2)


def write_labelme(root: Path, splits: Splits = SCENE) -> None:
    for split, pictures in splits.items():
        for name, objects in pictures.items():
            write_picture(root / split / f"{name}.png", name)
            shapes = [
                {"label": kind, "points": [[x1, y1], [x2, y2]], "shape_type": "rectangle"}
                for kind, (x1, y1, x2, y2) in objects
            ]
            (root / split / f"{name}.json").write_text(labelme_file(f"{name}.png", shapes))


def cvat_file(images: str) -> str:
    """The text of annotations.xml around its images."""
    labels = "".join(
        f"<label><name>{name}</name><color>#ff0000</color><type>any</type><attributes></attributes></label>"
        for name in CLASSES
    )
    project = f"<project><id>1</id><name>animals</name><labels>{labels}</labels></project>"
    meta = f"<meta>{project}<dumped>2024-05-01 10:00:00.000000+00:00</dumped></meta>"
    return f"""<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>{meta}{images}</annotations>
"""


def write_cvat(root: Path, splits: Splits = SCENE) -> None:
    """As CVAT exports a project whose tasks have subsets."""
    images = []
    for split, pictures in splits.items():
        for name, objects in pictures.items():
            write_picture(root / "images" / split / f"{name}.png", name)
            boxes = "".join(
                f'<box label="{kind}" source="manual" occluded="0" xtl="{x1:.2f}" ytl="{y1:.2f}" xbr="{x2}" ybr="{y2}" '
                'z_order="0"></box>'
                for kind, (x1, y1, x2, y2) in objects
            )
            images.append(
                f'<image id="{len(images)}" name="{name}.png" subset="{split}" task_id="1" width="{WIDTH}" '
                f'height="{HEIGHT}">{boxes}</image>'
            )
    (root / "annotations.xml").write_text(cvat_file("".join(images)))


def write_datumaro(root: Path, splits: Splits = SCENE) -> None:
    names = list(
        dict.fromkeys([*CLASSES, *(kind for each in splits.values() for own in each.values() for kind, _ in own)])
    )
    for split, pictures in splits.items():
        items = []
        for name, objects in pictures.items():
            write_picture(root / "images" / split / f"{name}.png", name)
            boxes = [
                {"id": 0, "type": "bbox", "label_id": names.index(kind), "bbox": [x1, y1, x2 - x1, y2 - y1]}
                for kind, (x1, y1, x2, y2) in objects
            ]
            items.append({"id": name, "annotations": boxes, "image": {"path": f"{name}.png", "size": [HEIGHT, WIDTH]}})
        table = {"categories": {"label": {"labels": [{"name": name} for name in names]}}, "items": items}
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"{split}.json").write_text(json.dumps(table))


def write_supervisely(root: Path, splits: Splits = SCENE) -> None:
    (root / "meta.json").write_text(json.dumps({"classes": [{"title": name} for name in CLASSES]}))
    for split, pictures in splits.items():
        for name, objects in pictures.items():
            write_picture(root / split / "img" / f"{name}.png", name)
            figures = [
                {"classTitle": kind, "geometryType": "rectangle", "points": {"exterior": [box[:2], box[2:]]}}
                for kind, box in objects
            ]
            (root / split / "ann").mkdir(exist_ok=True)
            table = {"size": {"height": HEIGHT, "width": WIDTH}, "objects": figures}
            (root / split / "ann" / f"{name}.png.json").write_text(json.dumps(table))


class Format(NamedTuple):
    """How a format is written, and with which settings it is read."""

    write: Callable[..., None]
    settings: Callable[[Path], object]


@pytest.fixture
def formats(write_voc) -> dict[str, Format]:
    """Every format of annotated files, by the name of its reader."""

    def write_as_voc(root: Path, splits: Splits = SCENE) -> None:
        pictures = {name: objects for each in splits.values() for name, objects in each.items()}
        objects = {
            name: [(label, (x1 + (x1 < x2), y1 + (y1 < y2), x2, y2)) for label, (x1, y1, x2, y2) in each]
            for name, each in pictures.items()
        }
        write_voc(root, objects, {split: list(each) for split, each in splits.items()})
        for name in pictures:
            (root / "JPEGImages" / f"{name}.jpg").unlink()
            write_picture(root / "JPEGImages" / f"{name}.png", name)

    return {
        "voc": Format(write_as_voc, lambda root: VocSettings(root=root, train="train", validation="val")),
        "coco": Format(write_coco, lambda root: CocoSettings(root=root)),
        "yolo": Format(write_yolo, lambda root: YoloSettings(root=root)),
        "csv": Format(write_csv, lambda root: CsvSettings(root=root)),
        "openimages": Format(write_openimages, lambda root: OpenImagesSettings(root=root)),
        "labelme": Format(write_labelme, lambda root: LabelmeSettings(root=root)),
        "cvat": Format(write_cvat, lambda root: CvatSettings(root=root)),
        "datumaro": Format(write_datumaro, lambda root: DatumaroSettings(root=root)),
        "supervisely": Format(write_supervisely, lambda root: SuperviselySettings(root=root)),
        "recordio": Format(write_recordio, lambda root: RecordIOSettings(root=root, classes=CLASSES)),
    }


def painted(rng: np.random.Generator, objects: int = 4) -> Sample:
    """An image with a rectangle of its own colour in each quarter, on black."""
    height, width = (int(side) for side in rng.integers(60, 160, 2))
    image = np.zeros((height, width, 3), np.uint8)
    boxes = []
    for label in range(objects):
        top, left = label // 2 * height // 2, label % 2 * width // 2
        y1, x1 = top + rng.integers(0, 8), left + rng.integers(0, 8)
        y2, x2 = y1 + rng.integers(10, height // 2 - 8), x1 + rng.integers(10, width // 2 - 8)
        image[y1:y2, x1:x2] = COLORS[label]
        boxes.append((x1, y1, x2, y2))
    labels = np.arange(objects)
    return Sample(
        image=image,
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        labels=labels,
        difficult=labels % 2 == 1,
        crowd=np.zeros(objects, np.bool_),
        image_id="painted",
    )
