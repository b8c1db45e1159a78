"""The registered TinySSD detectors, each in the form of a configuration file."""

from __future__ import annotations

from typing import Any

__all__ = ["DETECTORS"]

_VOC = (  # noqa: SIM905  # two lines instead of twenty
    "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person "
    "pottedplant sheep sofa train tvmonitor"
).split()

_PARTS: dict[str, Any] = {
    "backbone": "tinyssd",
    "anchors": "multibox_prior",
    "targets": "multibox",
    # The book trains on easy pictures, where all negatives and a light box part do. On photographs
    # hard negatives and tight boxes make the difference.
    "loss": {"name": "multibox", "negative_mining_ratio": 3, "box_weight": 20},
}
_TRAINING: dict[str, Any] = {"epochs": 60, "learning_rate": 0.05, "warmup_steps": 50}

DETECTORS: dict[str, dict[str, Any]] = {
    "tinyssd_256_voc": {
        "summary": "TinySSD of Dive into Deep Learning at 256x256 on Pascal VOC's classes",
        "classes": _VOC,
        "input_size": "256x256",
        **_PARTS,
        "data": "voc",
        "training": _TRAINING,
    },
    "tinyssd_512_voc": {
        "summary": "TinySSD of the seed notebook at 512x512 on Pascal VOC's classes",
        "classes": _VOC,
        "input_size": "512x512",
        **_PARTS,
        "data": "voc",
        "training": _TRAINING,
    },
    "tinyssd_shapes": {
        "summary": "TinySSD at 128x128 on shapes that the zoo draws itself; trains in two minutes",
        "classes": ["circle", "square", "triangle"],
        "input_size": "128x128",
        **_PARTS,
        "data": "shapes",
        # Drawn shapes are plentiful and easy: flipping them is all the variety that is needed.
        "training": {**_TRAINING, "epochs": 3, "batch_size": 16, "augmentation": ["flip"]},
    },
}
