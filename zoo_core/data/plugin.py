"""The core's own plugin: the dataset readers that come with the zoo.

They register through the same hook as a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterable

from zoo_core.data.settings import (
    CocoSettings,
    CsvSettings,
    CvatSettings,
    LabelmeSettings,
    OpenImagesSettings,
    RecordIOSettings,
    ShapesSettings,
    VocSettings,
    YoloSettings,
)
from zoo_core.parts.components import Component
from zoo_core.registry.hookspecs import hookimpl

__all__ = ["zoo_components"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The dataset readers."""
    return [
        Component(ShapesSettings, "zoo_core.data.readers.shapes:ShapesReader"),
        Component(VocSettings, "zoo_core.data.readers.voc:VocReader"),
        Component(CocoSettings, "zoo_core.data.readers.coco:CocoReader"),
        Component(YoloSettings, "zoo_core.data.readers.yolo:YoloReader"),
        Component(CsvSettings, "zoo_core.data.readers.csv_table:CsvReader"),
        Component(OpenImagesSettings, "zoo_core.data.readers.openimages:OpenImagesReader"),
        Component(LabelmeSettings, "zoo_core.data.readers.labelme:LabelmeReader"),
        Component(CvatSettings, "zoo_core.data.readers.cvat:CvatReader"),
        Component(RecordIOSettings, "zoo_core.data.readers.recordio:RecordIOReader"),
    ]
