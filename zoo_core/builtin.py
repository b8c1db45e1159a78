"""The core's own plugin: the dataset readers that come with the zoo.

They register through the same hook as a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterable

from zoo_core.components import Component
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
from zoo_core.hookspecs import hookimpl

__all__ = ["zoo_components"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The dataset readers."""
    return [
        Component(ShapesSettings, "zoo_core.data.shapes:ShapesReader"),
        Component(VocSettings, "zoo_core.data.voc:VocReader"),
        Component(CocoSettings, "zoo_core.data.coco:CocoReader"),
        Component(YoloSettings, "zoo_core.data.yolo:YoloReader"),
        Component(CsvSettings, "zoo_core.data.csv_table:CsvReader"),
        Component(OpenImagesSettings, "zoo_core.data.openimages:OpenImagesReader"),
        Component(LabelmeSettings, "zoo_core.data.labelme:LabelmeReader"),
        Component(CvatSettings, "zoo_core.data.cvat:CvatReader"),
        Component(RecordIOSettings, "zoo_core.data.recordio:RecordIOReader"),
    ]
