"""The heavy halves: what the classes named by components must be able to do.

`zoo_core.make(settings)` calls the component's class with the settings (a neck and a head are told
of the feature maps, too), and the result implements one of these protocols. Whether it really does is the
business of tests, not of `isinstance`.
"""

from __future__ import annotations

from zoo_core.boxes.networks import (
    AnchorGenerator,
    Backbone,
    ClassRows,
    Head,
    Loss,
    Neck,
)
from zoo_core.boxes.samples import (
    AugmentationStep,
    CocoIds,
    Dataset,
    DatasetReader,
    Sample,
)
from zoo_core.boxes.targets import (
    DynamicEncoder,
    ExportableEncoder,
    OnnxGraph,
    SoftEncoder,
    TargetEncoder,
    Targets,
)

__all__ = [
    "AnchorGenerator",
    "AugmentationStep",
    "Backbone",
    "ClassRows",
    "CocoIds",
    "Dataset",
    "DatasetReader",
    "DynamicEncoder",
    "ExportableEncoder",
    "Head",
    "Loss",
    "Neck",
    "OnnxGraph",
    "Sample",
    "SoftEncoder",
    "TargetEncoder",
    "Targets",
]
