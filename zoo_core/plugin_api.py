"""What authors of plugins import: the one path that stays.

``from zoo_core.plugin_api import BackboneSettings, Component, hookimpl, mx``. Names are imported when they are first
used, so that the light half of a plugin stays light. The conformance kit is in `zoo_core.testing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo_core.common.lazy_names import lazy_names

if TYPE_CHECKING:
    from zoo_core.boxes.boxes import Anchors, Cells, convert, pairwise_iou
    from zoo_core.boxes.deltas import Deltas
    from zoo_core.boxes.encoding import MatchingEncoder, checked_numbers
    from zoo_core.boxes.matching import (
        IGNORED,
        UNMATCHED,
        ignore_by_threshold,
        match_bipartite,
        match_by_threshold,
        match_ties,
    )
    from zoo_core.boxes.on_cells import anchors_around, anchors_on_cells
    from zoo_core.boxes.onnx_pairs import onnx_pair
    from zoo_core.boxes.placing import place
    from zoo_core.boxes.protocols import ClassRows, OnnxGraph, Sample, Targets
    from zoo_core.common.download import DownloadError, download
    from zoo_core.common.errors import BoxFormatError, DatasetError, RunError, ZooError
    from zoo_core.common.files import as_path, is_file, reason
    from zoo_core.common.messages import did_you_mean, listed
    from zoo_core.common.writing import replacing
    from zoo_core.data.annotated_settings import AnnotatedSettings
    from zoo_core.data.pipeline.images import read_image, write_image
    from zoo_core.data.readers.annotated import AnnotatedReader
    from zoo_core.data.readers.records import ImageFile, RawObject, Record
    from zoo_core.engines.gluon import mx
    from zoo_core.engines.gluon.array_names import match_names
    from zoo_core.engines.gluon.compatibility import import_quietly
    from zoo_core.engines.gluon.cross_entropy import sigmoid_cross_entropy
    from zoo_core.engines.gluon.mining import hard_negatives
    from zoo_core.engines.gluon.ssd_head import by_anchor
    from zoo_core.engines.gluon.weight_names import parameter_names
    from zoo_core.parts.anchor_fitting import fitted_ratios, rounded, sides_of, spread
    from zoo_core.parts.commands import Command
    from zoo_core.parts.components import (
        AnchorSettings,
        AugmentationSettings,
        BackboneSettings,
        Component,
        DatasetSettings,
        DeltaEncoderSettings,
        EncoderSettings,
        HeadSettings,
        LoggerSettings,
        LossSettings,
        NeckSettings,
        OptimizerSettings,
        ResizeSettings,
        ScheduleSettings,
        Shape,
        Stds,
        TargetEncoderSettings,
    )
    from zoo_core.parts.foreign_weights import ForeignWeights
    from zoo_core.parts.geometry import BoxFormat, FeatureMap, ImageSize, Level, Placement
    from zoo_core.parts.outputs import Normalizer, Outputs, Scoring
    from zoo_core.parts.settings import Settings
    from zoo_core.parts.training_components import Span
    from zoo_core.registry.hookspecs import hookimpl
    from zoo_core.registry.registry import default_registry, make
    from zoo_core.training.events import (
        BeginEvent,
        CheckpointEvent,
        EndEvent,
        EpochEvent,
        MeansEvent,
        ScoreEvent,
        StepEvent,
        TrainingEvent,
        TrainingWatcher,
    )

__all__ = [
    "IGNORED",
    "UNMATCHED",
    "AnchorSettings",
    "Anchors",
    "AnnotatedReader",
    "AnnotatedSettings",
    "AugmentationSettings",
    "BackboneSettings",
    "BeginEvent",
    "BoxFormat",
    "BoxFormatError",
    "Cells",
    "CheckpointEvent",
    "ClassRows",
    "Command",
    "Component",
    "DatasetError",
    "DatasetSettings",
    "DeltaEncoderSettings",
    "Deltas",
    "DownloadError",
    "EncoderSettings",
    "EndEvent",
    "EpochEvent",
    "FeatureMap",
    "ForeignWeights",
    "HeadSettings",
    "ImageFile",
    "ImageSize",
    "Level",
    "LoggerSettings",
    "LossSettings",
    "MatchingEncoder",
    "MeansEvent",
    "NeckSettings",
    "Normalizer",
    "OnnxGraph",
    "OptimizerSettings",
    "Outputs",
    "Placement",
    "RawObject",
    "Record",
    "ResizeSettings",
    "RunError",
    "Sample",
    "ScheduleSettings",
    "ScoreEvent",
    "Scoring",
    "Settings",
    "Shape",
    "Span",
    "Stds",
    "StepEvent",
    "TargetEncoderSettings",
    "Targets",
    "TrainingEvent",
    "TrainingWatcher",
    "ZooError",
    "anchors_around",
    "anchors_on_cells",
    "as_path",
    "by_anchor",
    "checked_numbers",
    "convert",
    "default_registry",
    "did_you_mean",
    "download",
    "fitted_ratios",
    "hard_negatives",
    "hookimpl",
    "ignore_by_threshold",
    "import_quietly",
    "is_file",
    "listed",
    "make",
    "match_bipartite",
    "match_by_threshold",
    "match_names",
    "match_ties",
    "mx",
    "onnx_pair",
    "pairwise_iou",
    "parameter_names",
    "place",
    "read_image",
    "reason",
    "replacing",
    "rounded",
    "sides_of",
    "sigmoid_cross_entropy",
    "spread",
    "write_image",
]

_HOMES = {
    "zoo_core.boxes.boxes": ("Anchors", "Cells", "convert", "pairwise_iou"),
    "zoo_core.boxes.deltas": ("Deltas",),
    "zoo_core.boxes.encoding": ("MatchingEncoder", "checked_numbers"),
    "zoo_core.boxes.matching": (
        "IGNORED",
        "UNMATCHED",
        "ignore_by_threshold",
        "match_bipartite",
        "match_by_threshold",
        "match_ties",
    ),
    "zoo_core.boxes.on_cells": ("anchors_around", "anchors_on_cells"),
    "zoo_core.boxes.onnx_pairs": ("onnx_pair",),
    "zoo_core.boxes.placing": ("place",),
    "zoo_core.boxes.protocols": ("ClassRows", "OnnxGraph", "Sample", "Targets"),
    "zoo_core.common.download": ("DownloadError", "download"),
    "zoo_core.common.errors": ("BoxFormatError", "DatasetError", "RunError", "ZooError"),
    "zoo_core.common.files": ("as_path", "is_file", "reason"),
    "zoo_core.common.messages": ("did_you_mean", "listed"),
    "zoo_core.common.writing": ("replacing",),
    "zoo_core.data.pipeline.images": ("read_image", "write_image"),
    "zoo_core.data.readers.annotated": ("AnnotatedReader",),
    "zoo_core.data.readers.records": ("ImageFile", "RawObject", "Record"),
    "zoo_core.data.annotated_settings": ("AnnotatedSettings",),
    "zoo_core.engines.gluon": ("mx",),
    "zoo_core.engines.gluon.array_names": ("match_names",),
    "zoo_core.engines.gluon.compatibility": ("import_quietly",),
    "zoo_core.engines.gluon.cross_entropy": ("sigmoid_cross_entropy",),
    "zoo_core.engines.gluon.mining": ("hard_negatives",),
    "zoo_core.engines.gluon.ssd_head": ("by_anchor",),
    "zoo_core.engines.gluon.weight_names": ("parameter_names",),
    "zoo_core.parts.anchor_fitting": ("fitted_ratios", "rounded", "sides_of", "spread"),
    "zoo_core.parts.commands": ("Command",),
    "zoo_core.parts.components": (
        "AnchorSettings",
        "AugmentationSettings",
        "BackboneSettings",
        "Component",
        "DatasetSettings",
        "DeltaEncoderSettings",
        "EncoderSettings",
        "HeadSettings",
        "LoggerSettings",
        "LossSettings",
        "NeckSettings",
        "OptimizerSettings",
        "ResizeSettings",
        "ScheduleSettings",
        "Shape",
        "Stds",
        "TargetEncoderSettings",
    ),
    "zoo_core.parts.foreign_weights": ("ForeignWeights",),
    "zoo_core.parts.geometry": ("BoxFormat", "FeatureMap", "ImageSize", "Level", "Placement"),
    "zoo_core.parts.outputs": ("Normalizer", "Outputs", "Scoring"),
    "zoo_core.parts.settings": ("Settings",),
    "zoo_core.parts.training_components": ("Span",),
    "zoo_core.registry.hookspecs": ("hookimpl",),
    "zoo_core.registry.registry": ("default_registry", "make"),
    "zoo_core.training.events": (
        "BeginEvent",
        "CheckpointEvent",
        "EndEvent",
        "EpochEvent",
        "MeansEvent",
        "ScoreEvent",
        "StepEvent",
        "TrainingEvent",
        "TrainingWatcher",
    ),
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
