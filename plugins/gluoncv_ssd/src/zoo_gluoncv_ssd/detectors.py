"""The registered detectors of GluonCV's SSD, each in the form of a configuration file.

A name says the side of the input, the backbone and the classes; the table below says which
anchors go with it. Sizes, ratios and steps are those of GluonCV 0.10.5,
gluoncv/model_zoo/ssd/presets.py; the recipe of training is that of its
scripts/detection/ssd/train_ssd.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zoo_gluoncv_ssd.classes import COCO, VOC

__all__ = ["DETECTORS"]

_THREE = [1, 2, 1 / 2]
_FIVE = [1, 2, 1 / 2, 3, 1 / 3]
_SIX_MAPS = [_THREE, _FIVE, _FIVE, _FIVE, _THREE, _THREE]
_SEVEN_MAPS = [_THREE, _FIVE, _FIVE, _FIVE, _FIVE, _THREE, _THREE]

_LIU_300 = {
    "name": "ssd",
    "sizes": [30, 60, 111, 162, 213, 264, 315],
    "ratios": _SIX_MAPS,
    "steps": [8, 16, 32, 64, 100, 300],
}
_SMALLER_300 = {**_LIU_300, "sizes": [21, 45, 99, 153, 207, 261, 315]}
_LIU_512 = {
    "name": "ssd",
    "sizes": [51.2, 76.8, 153.6, 230.4, 307.2, 384, 460.8, 537.6],
    "ratios": _SEVEN_MAPS,
    "steps": [8, 16, 32, 64, 128, 256, 512],
}
_FROM_STRIDE_16 = {
    "name": "ssd",
    "sizes": [51.2, 102.4, 189.4, 276.4, 363.52, 450.6, 492],
    "ratios": _SIX_MAPS,
    "steps": [16, 32, 64, 128, 256, 512],
}
_EVENLY_SPACED = {**_FROM_STRIDE_16, "sizes": [51.2, 133.12, 215.04, 296.96, 378.88, 460.8, 542.72]}
_LITE = {
    "name": "ssd_lite",
    "sizes": [60, 105, 150, 195, 240, 285, 300],
    "ratios": [_THREE, *[_FIVE] * 5],
    "steps": [16, 30, 60, 100, 150, 300],
}

_ANCHORS: tuple[tuple[Mapping[str, Any], tuple[str, ...]], ...] = (
    (_LIU_300, ("ssd_300_vgg16_atrous_voc",)),
    (_SMALLER_300, ("ssd_300_vgg16_atrous_coco", "ssd_300_vgg16_atrous_custom")),
    (_SMALLER_300, ("ssd_300_resnet34_v1b_voc", "ssd_300_resnet34_v1b_coco", "ssd_300_resnet34_v1b_custom")),
    # Its first map has stride 16 and not 8: see _QUARTER.
    (_SMALLER_300, ("ssd_300_mobilenet0.25_voc", "ssd_300_mobilenet0.25_coco", "ssd_300_mobilenet0.25_custom")),
    (_LITE, ("ssd_300_mobilenet1.0_lite_coco",)),
    (_LIU_512, ("ssd_512_vgg16_atrous_voc", "ssd_512_vgg16_atrous_coco", "ssd_512_vgg16_atrous_custom")),
    (_LIU_512, ("ssd_512_resnet152_v2_voc",)),
    (_FROM_STRIDE_16, ("ssd_512_resnet18_v1_voc", "ssd_512_resnet18_v1_coco", "ssd_512_resnet18_v1_custom")),
    (_FROM_STRIDE_16, ("ssd_512_resnet50_v1_voc",)),
    (_EVENLY_SPACED, ("ssd_512_resnet50_v1_coco", "ssd_512_resnet50_v1_custom")),
    (_FROM_STRIDE_16, ("ssd_512_resnet101_v2_voc",)),
    (_FROM_STRIDE_16, ("ssd_512_mobilenet1.0_voc", "ssd_512_mobilenet1.0_coco", "ssd_512_mobilenet1.0_custom")),
)

_CLASSES = {"voc": VOC, "coco": COCO, "custom": ["object"]}
_CLASSES_IN_WORDS = {
    "voc": "on Pascal VOC's classes",
    "coco": "on COCO's classes",
    "custom": "on classes of your own: --set classes=[...]",
}
_BACKBONES_IN_WORDS = {
    "vgg16_atrous": "SSD of Liu et al.",
    "mobilenet1.0": "SSD with MobileNet",
    "mobilenet1.0_lite": "SSD with MobileNet and 1x1 predictors",
    "mobilenet0.25": "SSD with a quarter of MobileNet",
    "resnet18_v1": "SSD with ResNet-18",
    "resnet34_v1b": "SSD with ResNet-34",
    "resnet50_v1": "SSD with ResNet-50",
    "resnet101_v2": "SSD with ResNet-101",
    "resnet152_v2": "SSD with ResNet-152",
}
_VALIDATION: dict[str, Any] = {"name": "stretch", "interpolation": "auto", "rounded": True}
"""As gluoncv/data/transforms/presets/ssd.py, SSDDefaultValTransform, resizes."""
_QUARTER = "; anchors.steps=null covers all of the image"


# By epoch: 160 and 200 of 240, as shares so that a shorter training keeps its shape.
_TRAINING: dict[str, Any] = {
    "epochs": 240,
    "batch_size": 32,
    "optimizer": {"name": "sgd", "momentum": 0.9},
    "learning_rate": 0.001,
    "schedule": {"name": "step", "at": [160 / 240, 200 / 240], "multiplier": 0.1},
    "weight_decay": 5e-4,
    "decay_norms_and_biases": True,
}


_SCORE_EVERY = {"voc": 1, "coco": 10, "custom": 1}
"""Epochs; scoring takes long on COCO's 5,000 images."""


def _detector(name: str, anchors: Mapping[str, Any]) -> dict[str, Any]:
    side, backbone, dataset = re.fullmatch(r"ssd_(\d+)_(.+)_(voc|coco|custom)", name).groups()  # type: ignore[union-attr]
    summary = f"{_BACKBONES_IN_WORDS[backbone]} at {side}x{side} {_CLASSES_IN_WORDS[dataset]}"
    return {
        "summary": summary + (_QUARTER if backbone == "mobilenet0.25" else ""),
        "classes": _CLASSES[dataset],
        "input_size": f"{side}x{side}",
        "resize": _VALIDATION,
        "backbone": {"name": backbone, "variant": int(side)} if backbone == "vgg16_atrous" else backbone,
        "anchors": anchors,
        "targets": "ssd",
        "loss": "ssd_multibox",
        **({"head": {"kernel": 1}} if backbone == "mobilenet1.0_lite" else {}),
        "data": {"name": "coco", "root": "coco"} if dataset == "coco" else {"name": "voc", "root": "VOCdevkit"},
        "training": {**_TRAINING, "score_every": _SCORE_EVERY[dataset]},
    }


DETECTORS: dict[str, dict[str, Any]] = {name: _detector(name, anchors) for anchors, names in _ANCHORS for name in names}
"""Configurations by name, those of GluonCV's registry and `ssd_512_resnet18_v1_custom`, which it leaves out."""
