"""The registered detectors of GluonCV's CenterNet, each in the form of a configuration file.

A name says the backbone and the classes. Channels are those of GluonCV 0.10.5,
gluoncv/model_zoo/center_net/center_net.py; the recipe of training is that of the paper, which its
scripts/detection/center_net/train_center_net.py takes over and adds a little weight decay.
"""

from __future__ import annotations

from typing import Any

from zoo_gluoncv_ssd.classes import COCO, VOC

__all__ = ["DETECTORS"]

_BACKBONES = {"resnet18_v1b": "ResNet-18", "resnet50_v1b": "ResNet-50", "resnet101_v1b": "ResNet-101"}
"""In words."""
_CLASSES = {
    "voc": ("on Pascal VOC's classes", VOC),
    "coco": ("on COCO's classes", COCO),
    "custom": ("on classes of your own: --set classes=[...]", ["object"]),
}
_REPORTED = {"voc": 40, "coco": 100, "custom": 100}
"""Boxes of an image."""

_VALIDATION: dict[str, Any] = {"name": "letterbox", "fill": [0, 0, 0], "warp": True, "rounded": True}
"""As gluoncv/data/transforms/presets/center_net.py, CenterNetDefaultValTransform, brings pictures to its input."""

# By epoch: 90 and 120 of 140, as shares so that a shorter training keeps its shape.
_TRAINING: dict[str, Any] = {
    "epochs": 140,
    "batch_size": 32,
    "optimizer": "adam",
    "learning_rate": 1.25e-4,
    "schedule": {"name": "step", "at": [90 / 140, 120 / 140], "multiplier": 0.1},
    "weight_decay": 0,
    # As gluoncv/data/transforms/presets/center_net.py, CenterNetDefaultTrainTransform, changes images.
    "augmentation": ["flip", "affine", "color_jitter"],
}


def _detector(network: str, dataset: str) -> dict[str, Any]:
    purpose, classes = _CLASSES[dataset]
    reported = _REPORTED[dataset]
    return {
        "summary": f"CenterNet with {_BACKBONES[network]} at 512x512 {purpose}",
        "classes": classes,
        "input_size": "512x512",
        "resize": _VALIDATION,
        "backbone": {"name": "resnet_v1b", "network": network},
        "neck": "center_net",
        "anchors": "center_net",
        "head": "center_net",
        "targets": "center_net",
        "loss": "center_net",
        # Every peak counts, and none suppresses another.
        "nms": {"score": 0, "iou": 1, "peaks": 3, "top_k": reported, "keep": reported},
        "data": {"name": "coco", "root": "coco"} if dataset == "coco" else {"name": "voc", "root": "VOCdevkit"},
        "training": {**_TRAINING, "score_every": 10 if dataset == "coco" else 1},
    }


DETECTORS: dict[str, dict[str, Any]] = {
    f"center_net_{network}_{dataset}": _detector(network, dataset) for network in _BACKBONES for dataset in _CLASSES
}
"""Configurations by name: those of GluonCV's registry with these networks, and three for classes of one's own."""
