"""The detector zoo: object detectors picked by name or combined from parts.

Names are imported when they are first used, so that ``import zoo_core`` costs nothing and
nothing heavy is loaded before it is needed. For this each public name stands in three
places that a test holds together: ``__all__`` for readers, the imports for type checkers,
and ``_HOMES`` for Python.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo_core.anchor_check.checking import check_anchors
    from zoo_core.anchor_check.report import AnchorReport
    from zoo_core.api import build, dataset, detectors, export, load, resume, train
    from zoo_core.boxes import Anchors
    from zoo_core.components import (
        AnchorSettings,
        BackboneSettings,
        Component,
        DatasetSettings,
        EncoderSettings,
        LossSettings,
    )
    from zoo_core.config import DetectorConfig
    from zoo_core.config_files import load_config
    from zoo_core.data.checking import DataReport, check_data
    from zoo_core.data.showing import show_data
    from zoo_core.detections import Detections
    from zoo_core.detector import Detector
    from zoo_core.errors import (
        ArgumentError,
        BoxFormatError,
        ConfigError,
        DatasetError,
        ExportError,
        MissingPackageError,
        NotAnImageError,
        PluginError,
        PredictionsError,
        RunError,
        TrainingError,
        UnknownNameError,
        ZooError,
    )
    from zoo_core.evaluation.coco import CocoNumbers
    from zoo_core.evaluation.evaluate import collect, evaluate, score
    from zoo_core.evaluation.page.writing import write_report
    from zoo_core.evaluation.predictions import coco_ground_truth, read_predictions, write_predictions
    from zoo_core.evaluation.report import Report
    from zoo_core.evaluation.results import ImageResult, Results
    from zoo_core.geometry import BoxFormat, FeatureMap, ImageSize
    from zoo_core.hookspecs import hookimpl
    from zoo_core.interfaces import Sample, Targets
    from zoo_core.onnx.report import ExportReport
    from zoo_core.onnx.runtime import ExportedDetector
    from zoo_core.planning import Plan, plan
    from zoo_core.registry import make
    from zoo_core.run import Run

__version__ = "0.1.0"

__all__ = [
    "AnchorReport",
    "AnchorSettings",
    "Anchors",
    "ArgumentError",
    "BackboneSettings",
    "BoxFormat",
    "BoxFormatError",
    "CocoNumbers",
    "Component",
    "ConfigError",
    "DataReport",
    "DatasetError",
    "DatasetSettings",
    "Detections",
    "Detector",
    "DetectorConfig",
    "EncoderSettings",
    "ExportError",
    "ExportReport",
    "ExportedDetector",
    "FeatureMap",
    "ImageResult",
    "ImageSize",
    "LossSettings",
    "MissingPackageError",
    "NotAnImageError",
    "Plan",
    "PluginError",
    "PredictionsError",
    "Report",
    "Results",
    "Run",
    "RunError",
    "Sample",
    "Targets",
    "TrainingError",
    "UnknownNameError",
    "ZooError",
    "build",
    "check_anchors",
    "check_data",
    "coco_ground_truth",
    "collect",
    "dataset",
    "detectors",
    "evaluate",
    "export",
    "hookimpl",
    "load",
    "load_config",
    "make",
    "plan",
    "read_predictions",
    "resume",
    "score",
    "show_data",
    "train",
    "write_predictions",
    "write_report",
]

_HOMES = {
    "zoo_core.anchor_check.checking": ("check_anchors",),
    "zoo_core.anchor_check.report": ("AnchorReport",),
    "zoo_core.api": ("build", "dataset", "detectors", "export", "load", "resume", "train"),
    "zoo_core.boxes": ("Anchors",),
    "zoo_core.components": (
        "AnchorSettings",
        "BackboneSettings",
        "Component",
        "DatasetSettings",
        "EncoderSettings",
        "LossSettings",
    ),
    "zoo_core.config": ("DetectorConfig",),
    "zoo_core.config_files": ("load_config",),
    "zoo_core.data.checking": ("DataReport", "check_data"),
    "zoo_core.data.showing": ("show_data",),
    "zoo_core.detections": ("Detections",),
    "zoo_core.detector": ("Detector",),
    "zoo_core.errors": (
        "ArgumentError",
        "BoxFormatError",
        "ConfigError",
        "DatasetError",
        "ExportError",
        "MissingPackageError",
        "NotAnImageError",
        "PluginError",
        "PredictionsError",
        "RunError",
        "TrainingError",
        "UnknownNameError",
        "ZooError",
    ),
    "zoo_core.evaluation.coco": ("CocoNumbers",),
    "zoo_core.evaluation.evaluate": ("collect", "evaluate", "score"),
    "zoo_core.evaluation.page.writing": ("write_report",),
    "zoo_core.evaluation.predictions": ("coco_ground_truth", "read_predictions", "write_predictions"),
    "zoo_core.evaluation.report": ("Report",),
    "zoo_core.evaluation.results": ("ImageResult", "Results"),
    "zoo_core.geometry": ("BoxFormat", "FeatureMap", "ImageSize"),
    "zoo_core.hookspecs": ("hookimpl",),
    "zoo_core.interfaces": ("Sample", "Targets"),
    "zoo_core.onnx.report": ("ExportReport",),
    "zoo_core.onnx.runtime": ("ExportedDetector",),
    "zoo_core.planning": ("Plan", "plan"),
    "zoo_core.registry": ("make",),
    "zoo_core.run": ("Run",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
