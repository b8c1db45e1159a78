"""The registered detectors, each in the form of a configuration file.

A name says the family, the side of the input, the backbone and the classes. Backbones are classification networks
that zoo-gluoncv-ssd has as `expander`, here with maps of the strides 8, 16 and 32 and no extra layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zoo_gluoncv_ssd.classes import COCO, VOC

__all__ = ["DETECTORS"]

_OUTPUTS = {
    "resnet50_v1": ["stage2_activation3", "stage3_activation5", "stage4_activation2"],
    "resnet18_v1": ["stage2_activation1", "stage3_activation1", "stage4_activation1"],
    "mobilenet0.25": ["relu10_fwd", "relu22_fwd", "relu26_fwd"],
}
_BACKBONES_IN_WORDS = {
    "resnet50_v1": "ResNet-50",
    "resnet18_v1": "ResNet-18",
    "mobilenet0.25": "a quarter of MobileNet",
}
_CLASSES_IN_WORDS = {
    "voc": "on Pascal VOC's classes",
    "coco": "on COCO's classes",
    "custom": "on classes of your own: --set classes=[...]",
}
_DATASETS: dict[str, dict[str, Any]] = {
    "voc": {"classes": VOC, "data": {"name": "voc", "root": "VOCdevkit"}},
    "coco": {"classes": COCO, "data": {"name": "coco", "root": "coco"}},
    "custom": {"classes": ["object"], "data": {"name": "voc", "root": "VOCdevkit"}},
}
_SCORE_EVERY = {"voc": 1, "coco": 4, "custom": 1}

# On small pictures and small machines: half as many layers, a quarter of the channels, anchors half as large. They
# learn from scratch, for which even RetinaNet has group norm.
_SMALL_TOWERS = {"depth": 2, "channels": 64, "norm": "group", "groups": 8}
_SMALL_SIZES = [16, 32, 64, 128, 256]

_FAMILIES: dict[str, dict[str, Any]] = {
    "retinanet": {
        "neck": {"name": "fpn"},
        "anchors": {"name": "retinanet"},
        "head": {"name": "towers"},
        "targets": "retinanet",
        "loss": "retinanet",
    },
    "fcos": {
        "neck": {"name": "fpn", "extra_from": "neck"},
        "anchors": {"name": "fcos"},
        "head": {"name": "towers", "norm": "group", "scales": True},
        "targets": "fcos",
        "loss": "fcos",
    },
}
_IN_WORDS = {"retinanet": "RetinaNet", "fcos": "FCOS"}

_TRAINING: dict[str, Any] = {
    # The papers' rate of .01 for 16 images; they see COCO 12 times, with a tenth of the rate after 8 and 11 times.
    "epochs": 12,
    "batch_size": 16,
    "learning_rate": 0.01,
    "weight_decay": 1e-4,
    "schedule": {"name": "step", "at": [8 / 12, 11 / 12], "multiplier": 0.1},
    "warmup_steps": 500,
    "warmup_start": 0.001,
    # Without the papers' pretrained weights the first gradients can be long.
    "clip_norm": 10,
}
_FROM_SCRATCH: dict[str, Any] = {
    "epochs": 60,
    "batch_size": 16,
    "optimizer": "adamw",
    "learning_rate": 0.001,
    "weight_decay": 1e-4,
    "warmup_steps": 50,
    "clip_norm": 10,
}


def _detectors() -> Iterator[tuple[str, dict[str, Any]]]:
    for family in _FAMILIES:
        for backbone in ("resnet50_v1", "resnet18_v1"):
            for dataset in _DATASETS:
                yield f"{family}_512_{backbone}_{dataset}", _detector(family, 512, backbone, dataset)
        yield f"{family}_256_mobilenet0.25_custom", _small(_detector(family, 256, "mobilenet0.25", "custom"))


def _detector(family: str, side: int, backbone: str, dataset: str) -> dict[str, Any]:
    return {
        "summary": f"{_IN_WORDS[family]} with {_BACKBONES_IN_WORDS[backbone]} at {side}x{side} "
        f"{_CLASSES_IN_WORDS[dataset]}",
        "classes": _DATASETS[dataset]["classes"],
        "input_size": f"{side}x{side}",
        "backbone": {"name": "expander", "network": backbone, "outputs": _OUTPUTS[backbone], "extra_channels": []},
        **_FAMILIES[family],
        "nms": {"score": 0.05, "iou": 0.5, "top_k": 1000} if family == "retinanet" else {"iou": 0.6, "top_k": 1000},
        "data": _DATASETS[dataset]["data"],
        "training": {**_TRAINING, "score_every": _SCORE_EVERY[dataset]},
    }


def _small(detector: dict[str, Any]) -> dict[str, Any]:
    anchors = detector["anchors"]
    return {
        **detector,
        "neck": {**detector["neck"], "channels": 64},
        "anchors": {**anchors, "sizes": _SMALL_SIZES} if anchors["name"] == "retinanet" else anchors,
        "head": {**detector["head"], **_SMALL_TOWERS},
        "training": {**_FROM_SCRATCH, "score_every": 10},
    }


DETECTORS: dict[str, dict[str, Any]] = dict(_detectors())
"""Configurations by name."""
