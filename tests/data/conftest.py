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

from zoo_core.data.settings import CocoSettings, CsvSettings, RecordIOSettings, VocSettings, YoloSettings
from zoo_core.interfaces import Sample

CLASSES = ("cat", "dog")
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
