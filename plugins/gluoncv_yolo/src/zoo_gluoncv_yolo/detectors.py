"""The registered detectors of GluonCV's YOLO3, each in the form of a configuration file.

A name says the backbone and the classes. Anchors and channels are those of GluonCV 0.10.5,
gluoncv/model_zoo/yolo/yolo3.py; the recipe of training is that of its scripts/detection/yolo/train_yolo3.py, and
two epochs of warm-up, without which training from new weights often ends in NaN.
"""

from __future__ import annotations

from typing import Any

from zoo_gluoncv_ssd.classes import COCO, VOC

__all__ = ["DETECTORS"]

_BACKBONES: dict[str, tuple[str, Any, list[int]]] = {
    "darknet53": ("YOLO3 of Redmon and Farhadi", "darknet53", [512, 256, 128]),
    "mobilenet1.0": ("YOLO3 with MobileNet", "mobilenet", [512, 256, 128]),
    "mobilenet0.25": (
        "YOLO3 with a quarter of MobileNet",
        {"name": "mobilenet", "network": "mobilenet0.25"},
        [256, 128, 128],
    ),
}
"""In words, by the name in the configuration, and the channels of the neck."""
_CLASSES = {
    "voc": ("on Pascal VOC's classes", VOC),
    "coco": ("on COCO's classes", COCO),
    "custom": ("on classes of your own: --set classes=[...]", ["object"]),
}

_VALIDATION: dict[str, Any] = {"name": "stretch", "interpolation": "auto", "rounded": True}
"""As gluoncv/data/transforms/presets/yolo.py, YOLO3DefaultValTransform, resizes."""

# By epoch: 160 and 180 of 200, as shares so that a shorter training keeps its shape.
_TRAINING: dict[str, Any] = {
    "epochs": 200,
    "batch_size": 64,
    "optimizer": {"name": "sgd", "momentum": 0.9},
    "learning_rate": 0.001,
    "schedule": {"name": "step", "at": [160 / 200, 180 / 200], "multiplier": 0.1},
    "warmup_epochs": 2,
    "weight_decay": 5e-4,
    "decay_norms_and_biases": True,
    "multi_scale": {"smallest": 320 / 416, "largest": 608 / 416, "multiple_of": 32, "every": 10},
}


def _detector(backbone: str, dataset: str) -> dict[str, Any]:
    (network, part, channels), (purpose, classes) = _BACKBONES[backbone], _CLASSES[dataset]
    return {
        "summary": f"{network} at 416x416 {purpose}",
        "classes": classes,
        "input_size": "416x416",
        "resize": _VALIDATION,
        "backbone": part,
        "neck": {"name": "yolo3", "channels": channels},
        "anchors": "yolo3",
        "head": "yolo3",
        "targets": "yolo3",
        "loss": "yolo3",
        "data": {"name": "coco", "root": "coco"} if dataset == "coco" else {"name": "voc", "root": "VOCdevkit"},
        "training": {**_TRAINING, "score_every": 10 if dataset == "coco" else 1},
    }


DETECTORS: dict[str, dict[str, Any]] = {
    f"yolo3_{backbone}_{dataset}": _detector(backbone, dataset) for backbone in _BACKBONES for dataset in _CLASSES
}
"""Configurations by name, those of GluonCV's registry."""
