"""The detector zoo: object detectors picked by name or combined from parts.

Names are imported when they are first used, so that ``import zoo_core`` costs nothing and
nothing heavy is loaded before it is needed. For this each public name is listed three
times, which a test holds together: ``__all__`` for readers, the imports for type checkers,
and ``_HOMES`` for Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo_core.common.former_paths import FormerPaths
from zoo_core.common.lazy_names import lazy_names

if TYPE_CHECKING:
    from zoo_core.boxes.boxes import Anchors
    from zoo_core.boxes.protocols import Sample, Targets
    from zoo_core.common.errors import (
        ArgumentError,
        BoxFormatError,
        ConfigError,
        DatasetError,
        ExportError,
        MissingPackageError,
        MissingPartsWarning,
        NotAnImageError,
        PluginError,
        PredictionsError,
        RunError,
        TrainingError,
        UnknownNameError,
        ZooError,
    )
    from zoo_core.config.detector import DetectorConfig
    from zoo_core.config.loading import load_config
    from zoo_core.config.plan import Plan, plan
    from zoo_core.data.checks.checking import DataReport, check_data
    from zoo_core.data.opening import dataset
    from zoo_core.data.sheet import show_data
    from zoo_core.engines.converting import convert
    from zoo_core.engines.exporting import export
    from zoo_core.engines.onnx.report import ExportReport
    from zoo_core.engines.onnx.runtime import ExportedDetector
    from zoo_core.engines.opening import build, load
    from zoo_core.evaluation.anchors.checking import check_anchors
    from zoo_core.evaluation.anchors.report import AnchorReport
    from zoo_core.evaluation.coco import CocoNumbers
    from zoo_core.evaluation.evaluate import collect, evaluate, score
    from zoo_core.evaluation.page.writing import write_report
    from zoo_core.evaluation.predictions import coco_ground_truth, read_predictions, write_predictions
    from zoo_core.evaluation.report import Report
    from zoo_core.evaluation.results import ImageResult, Results
    from zoo_core.parts.components import (
        AnchorSettings,
        BackboneSettings,
        Component,
        DatasetSettings,
        EncoderSettings,
        LossSettings,
    )
    from zoo_core.parts.geometry import BoxFormat, FeatureMap, ImageSize
    from zoo_core.prediction.detections import Detections
    from zoo_core.prediction.detector import Detector
    from zoo_core.prediction.tracking import ByteTrack
    from zoo_core.registry.hookspecs import hookimpl
    from zoo_core.registry.registry import detectors, make
    from zoo_core.training.calls import resume, train
    from zoo_core.training.run import Run
    from zoo_core.tuning.calls import resume_tuning, tune
    from zoo_core.tuning.results import TrialResult, TuningResults

__version__ = "0.1.0"

__all__ = [
    "AnchorReport",
    "AnchorSettings",
    "Anchors",
    "ArgumentError",
    "BackboneSettings",
    "BoxFormat",
    "BoxFormatError",
    "ByteTrack",
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
    "MissingPartsWarning",
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
    "TrialResult",
    "TuningResults",
    "UnknownNameError",
    "ZooError",
    "build",
    "check_anchors",
    "check_data",
    "coco_ground_truth",
    "collect",
    "convert",
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
    "resume_tuning",
    "score",
    "show_data",
    "train",
    "tune",
    "write_predictions",
    "write_report",
]

_HOMES = {
    "zoo_core.boxes.boxes": ("Anchors",),
    "zoo_core.boxes.protocols": ("Sample", "Targets"),
    "zoo_core.common.errors": (
        "ArgumentError",
        "BoxFormatError",
        "ConfigError",
        "DatasetError",
        "ExportError",
        "MissingPackageError",
        "MissingPartsWarning",
        "NotAnImageError",
        "PluginError",
        "PredictionsError",
        "RunError",
        "TrainingError",
        "UnknownNameError",
        "ZooError",
    ),
    "zoo_core.config.detector": ("DetectorConfig",),
    "zoo_core.config.loading": ("load_config",),
    "zoo_core.config.plan": ("Plan", "plan"),
    "zoo_core.training.run": ("Run",),
    "zoo_core.data.checks.checking": ("DataReport", "check_data"),
    "zoo_core.data.opening": ("dataset",),
    "zoo_core.data.sheet": ("show_data",),
    "zoo_core.engines.converting": ("convert",),
    "zoo_core.engines.exporting": ("export",),
    "zoo_core.engines.onnx.report": ("ExportReport",),
    "zoo_core.engines.onnx.runtime": ("ExportedDetector",),
    "zoo_core.engines.opening": ("build", "load"),
    "zoo_core.evaluation.anchors.checking": ("check_anchors",),
    "zoo_core.evaluation.anchors.report": ("AnchorReport",),
    "zoo_core.evaluation.coco": ("CocoNumbers",),
    "zoo_core.evaluation.evaluate": ("collect", "evaluate", "score"),
    "zoo_core.evaluation.page.writing": ("write_report",),
    "zoo_core.evaluation.predictions": ("coco_ground_truth", "read_predictions", "write_predictions"),
    "zoo_core.evaluation.report": ("Report",),
    "zoo_core.evaluation.results": ("ImageResult", "Results"),
    "zoo_core.parts.components": (
        "AnchorSettings",
        "BackboneSettings",
        "Component",
        "DatasetSettings",
        "EncoderSettings",
        "LossSettings",
    ),
    "zoo_core.parts.geometry": ("BoxFormat", "FeatureMap", "ImageSize"),
    "zoo_core.prediction.detections": ("Detections",),
    "zoo_core.prediction.detector": ("Detector",),
    "zoo_core.prediction.tracking": ("ByteTrack",),
    "zoo_core.registry.hookspecs": ("hookimpl",),
    "zoo_core.registry.registry": ("detectors", "make"),
    "zoo_core.training.calls": ("resume", "train"),
    "zoo_core.tuning.calls": ("resume_tuning", "tune"),
    "zoo_core.tuning.results": ("TrialResult", "TuningResults"),
}
__getattr__ = lazy_names(__name__, _HOMES)
FormerPaths.install()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
