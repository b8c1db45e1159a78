"""The registered detectors of GluonCV's SSD, each in the form of a configuration file.

Sizes, ratios and steps are those of GluonCV 0.10.5, gluoncv/model_zoo/ssd/presets.py; the
recipe of training is that of its scripts/detection/ssd/train_ssd.py.
"""

from __future__ import annotations

from typing import Any

__all__ = ["DETECTORS"]

_VOC = (  # noqa: SIM905  # two lines instead of twenty
    "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person "
    "pottedplant sheep sofa train tvmonitor"
).split()

_THREE = [1, 2, 1 / 2]
_FIVE = [1, 2, 1 / 2, 3, 1 / 3]
_SIX_MAPS = [_THREE, _FIVE, _FIVE, _FIVE, _THREE, _THREE]
_SEVEN_MAPS = [_THREE, _FIVE, _FIVE, _FIVE, _FIVE, _THREE, _THREE]

_COMMON: dict[str, Any] = {
    "targets": "ssd",
    "loss": "ssd_multibox",
    "data": {"name": "voc", "root": "VOCdevkit"},
    "training": {"epochs": 240, "batch_size": 32, "learning_rate": 0.001, "momentum": 0.9, "weight_decay": 5e-4},
}

DETECTORS: dict[str, dict[str, Any]] = {
    "ssd_300_vgg16_atrous_voc": {
        "summary": "SSD of Liu et al. at 300x300 on Pascal VOC's classes",
        "classes": _VOC,
        "input_size": "300x300",
        "backbone": {"name": "vgg16_atrous", "variant": 300},
        "anchors": {
            "name": "ssd",
            "sizes": [30, 60, 111, 162, 213, 264, 315],
            "ratios": _SIX_MAPS,
            "steps": [8, 16, 32, 64, 100, 300],
        },
        **_COMMON,
    },
    "ssd_512_vgg16_atrous_voc": {
        "summary": "SSD of Liu et al. at 512x512 on Pascal VOC's classes",
        "classes": _VOC,
        "input_size": "512x512",
        "backbone": {"name": "vgg16_atrous", "variant": 512},
        "anchors": {
            "name": "ssd",
            "sizes": [51.2, 76.8, 153.6, 230.4, 307.2, 384, 460.8, 537.6],
            "ratios": _SEVEN_MAPS,
            "steps": [8, 16, 32, 64, 128, 256, 512],
        },
        **_COMMON,
    },
    "ssd_512_mobilenet1.0_voc": {
        "summary": "SSD with MobileNet at 512x512 on Pascal VOC's classes; the quick one",
        "classes": _VOC,
        "input_size": "512x512",
        "backbone": "mobilenet1.0",
        "anchors": {
            "name": "ssd",
            "sizes": [51.2, 102.4, 189.4, 276.4, 363.52, 450.6, 492],
            "ratios": _SIX_MAPS,
            "steps": [16, 32, 64, 128, 256, 512],
        },
        **_COMMON,
    },
}
