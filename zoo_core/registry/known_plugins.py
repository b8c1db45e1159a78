"""Which package has which part or weights, so that messages about what is not installed say what to install."""

from __future__ import annotations

from zoo_core.common.versions import CORE

__all__ = ["CORE_COMMANDS", "KNOWN_LIBRARIES", "OWN_PACKAGES", "package_with"]


_CONTENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "zoo-tinyssd": {
        "backbone": ("tinyssd",),
        "anchors": ("multibox_prior",),
        "targets": ("multibox",),
        "loss": ("multibox",),
        "detector": ("tinyssd_256_voc", "tinyssd_512_voc", "tinyssd_shapes"),
    },
    "zoo-gluoncv-ssd": {
        "backbone": (
            "expander",
            "mobilenet0.25",
            "mobilenet1.0",
            "mobilenet1.0_lite",
            "resnet101_v2",
            "resnet152_v2",
            "resnet18_v1",
            "resnet34_v1b",
            "resnet50_v1",
            "vgg16_atrous",
        ),
        "anchors": ("ssd", "ssd_lite"),
        "targets": ("ssd",),
        "loss": ("ssd_multibox",),
        "detector": (
            "ssd_300_mobilenet0.25_coco",
            "ssd_300_mobilenet0.25_custom",
            "ssd_300_mobilenet0.25_voc",
            "ssd_300_mobilenet1.0_lite_coco",
            "ssd_300_resnet34_v1b_coco",
            "ssd_300_resnet34_v1b_custom",
            "ssd_300_resnet34_v1b_voc",
            "ssd_300_vgg16_atrous_coco",
            "ssd_300_vgg16_atrous_custom",
            "ssd_300_vgg16_atrous_voc",
            "ssd_512_mobilenet1.0_coco",
            "ssd_512_mobilenet1.0_custom",
            "ssd_512_mobilenet1.0_voc",
            "ssd_512_resnet101_v2_voc",
            "ssd_512_resnet152_v2_voc",
            "ssd_512_resnet18_v1_coco",
            "ssd_512_resnet18_v1_custom",
            "ssd_512_resnet18_v1_voc",
            "ssd_512_resnet50_v1_coco",
            "ssd_512_resnet50_v1_custom",
            "ssd_512_resnet50_v1_voc",
            "ssd_512_vgg16_atrous_coco",
            "ssd_512_vgg16_atrous_custom",
            "ssd_512_vgg16_atrous_voc",
        ),
    },
    "zoo-gluoncv-yolo": {
        "backbone": ("darknet53", "mobilenet"),
        "neck": ("yolo3",),
        "anchors": ("yolo3",),
        "head": ("yolo3",),
        "targets": ("yolo3",),
        "loss": ("yolo3",),
        "detector": (
            "yolo3_darknet53_coco",
            "yolo3_darknet53_custom",
            "yolo3_darknet53_voc",
            "yolo3_mobilenet0.25_coco",
            "yolo3_mobilenet0.25_custom",
            "yolo3_mobilenet0.25_voc",
            "yolo3_mobilenet1.0_coco",
            "yolo3_mobilenet1.0_custom",
            "yolo3_mobilenet1.0_voc",
        ),
    },
    "zoo-gluoncv-centernet": {
        "backbone": ("resnet_v1b",),
        "neck": ("center_net",),
        "anchors": ("center_net",),
        "head": ("center_net",),
        "targets": ("center_net",),
        "loss": ("center_net",),
        "detector": (
            "center_net_resnet101_v1b_coco",
            "center_net_resnet101_v1b_custom",
            "center_net_resnet101_v1b_voc",
            "center_net_resnet18_v1b_coco",
            "center_net_resnet18_v1b_custom",
            "center_net_resnet18_v1b_voc",
            "center_net_resnet50_v1b_coco",
            "center_net_resnet50_v1b_custom",
            "center_net_resnet50_v1b_voc",
        ),
    },
    "zoo-dense": {
        "neck": ("fpn",),
        "anchors": ("fcos", "retinanet"),
        "head": ("towers",),
        "targets": ("fcos", "retinanet"),
        "loss": ("fcos", "retinanet"),
        "detector": (
            "fcos_256_mobilenet0.25_custom",
            "fcos_512_resnet18_v1_coco",
            "fcos_512_resnet18_v1_custom",
            "fcos_512_resnet18_v1_voc",
            "fcos_512_resnet50_v1_coco",
            "fcos_512_resnet50_v1_custom",
            "fcos_512_resnet50_v1_voc",
            "retinanet_256_mobilenet0.25_custom",
            "retinanet_512_resnet18_v1_coco",
            "retinanet_512_resnet18_v1_custom",
            "retinanet_512_resnet18_v1_voc",
            "retinanet_512_resnet50_v1_coco",
            "retinanet_512_resnet50_v1_custom",
            "retinanet_512_resnet50_v1_voc",
        ),
    },
    "zoo-mlflow": {"logger": ("mlflow",)},
}

_WEIGHTS = {
    "gluoncv:yolo3_": "zoo-gluoncv-yolo",
    "gluoncv:center_net_": "zoo-gluoncv-centernet",
    "gluoncv:": "zoo-gluoncv-ssd",
}
"""Which package fetches published weights, by the prefix of their names; the first that fits."""

KNOWN_LIBRARIES = frozenset(beginning.partition(":")[0] for beginning in _WEIGHTS)
"""The libraries whose published weights some package of the zoo can fetch."""

CORE_COMMANDS = (
    "list",
    "show",
    "check",
    "anchors",
    "train",
    "tune",
    "eval",
    "predict",
    "serve",
    "export",
    "convert",
    "bench",
    "data",
    "cluster",
    "plugins",
    "plugin",
    "doctor",
)
"""The words with which commands of the core begin; a plugin's command of such a name is said with its package."""

OWN_PACKAGES = (CORE, *_CONTENTS)
"""The packages of the zoo's own authors, in the order in which they are loaded."""


def package_with(kind: str, name: str) -> str | None:
    """The package that provides this component, detector (kind ``"detector"``) or weights, if one is known."""
    if kind == "weights":
        return next((package for beginning, package in _WEIGHTS.items() if name.startswith(beginning)), None)
    return next((package for package, parts in _CONTENTS.items() if name in parts.get(kind, ())), None)
