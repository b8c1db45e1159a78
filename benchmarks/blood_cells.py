"""The photographs on which training is measured: BCCD, whose folder the environment variable ZOO_BCCD names."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import zoo_core as zoo
from zoo_core.config.detector import DetectorConfig

__all__ = ["CLASSES", "SMALL_ANCHORS", "detector_config", "folder"]

CLASSES = ("RBC", "WBC", "Platelets")

SMALL_ANCHORS = [[0.075, 0.11], [0.17, 0.22], [0.3, 0.38], [0.5, 0.6], [0.8, 0.9]]
"""For TinySSD, whose smallest anchor by default is a fifth of the picture, and a platelet an eighteenth."""
_RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "ssd_512_mobilenet1.0": (
        "ssd_512_mobilenet1.0_custom",
        {"training.batch_size": 8, "training.learning_rate": 0.004},
    ),
    "tinyssd_256": (
        "tinyssd_256_voc",
        {
            "anchors.sizes": SMALL_ANCHORS,
            "targets": "ssd",
            "loss": "ssd_multibox",
            "training.batch_size": 16,
            "training.learning_rate": 0.01,
            "training.warmup_steps": 0,
        },
    ),
}
"""Detectors, each with what GluonCV's own loop does: its loss and targets, and SGD at one rate."""


def folder() -> Path:
    """Where the photographs are; ends the program when they are not there."""
    beside = Path(__file__).parents[2] / "shared" / "data" / "bccd"
    root = Path(os.environ.get("ZOO_BCCD", beside))
    if not (root / "Annotations").is_dir():
        sys.exit(f"{root}: no photographs; get BCCD (github.com/Shenggan/BCCD_Dataset) and say where: ZOO_BCCD=FOLDER")
    return root


def detector_config(name: str, overrides: dict[str, Any] | None = None) -> DetectorConfig:
    """The configuration with which a detector of this benchmark learns the photographs.

    Args:
        name: ``ssd_512_mobilenet1.0`` or ``tinyssd_256``.
        overrides: settings that differ.
    """
    registered, recipe = _RECIPES[name]
    data = {"data.root": str(folder()), "data.train": "train", "data.validation": "test"}
    common = {
        "classes": CLASSES,
        "training.schedule": "constant",
        "training.decay_norms_and_biases": True,
        "training.workers": 2,
        "device": "cpu",
    }
    return zoo.load_config(registered, {**common, **data, **recipe, **(overrides or {})})
