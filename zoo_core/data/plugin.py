"""The core's own plugin: SSD's head, dataset readers, resizing, and what training is made of.

All register through the same hooks as those of other plugins.
"""

from __future__ import annotations

from collections.abc import Iterable

from zoo_core.config.augmentation import Affine, ColorJitter, Crop, Expand, Flip, Photometric, Stretch
from zoo_core.config.head import SsdHeadSettings
from zoo_core.config.loggers import TensorBoardSettings
from zoo_core.config.optimizer import Adam, AdamW, Nag, Sgd
from zoo_core.config.resize import LetterboxResize, ShortSideResize, StretchResize
from zoo_core.config.schedule import Constant, Cosine, Milestones, Poly
from zoo_core.data.settings import (
    CocoSettings,
    CsvSettings,
    CvatSettings,
    DatumaroSettings,
    LabelmeSettings,
    OpenImagesSettings,
    RecordIOSettings,
    ShapesSettings,
    SuperviselySettings,
    VocSettings,
    YoloSettings,
)
from zoo_core.parts.commands import Command
from zoo_core.parts.components import Component
from zoo_core.registry.hookspecs import hookimpl
from zoo_core.registry.known_plugins import CORE_COMMANDS

__all__ = ["zoo_commands", "zoo_components"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """All parts that the core itself provides."""
    head = Component(SsdHeadSettings, "zoo_core.engines.gluon.ssd_head:SsdHead")
    logger = Component(TensorBoardSettings, "zoo_core.training.tensorboard:TensorBoardLogger")
    return [head, *_readers(), *_resizing(), *_augmentation_steps(), *_optimizers(), *_schedules(), logger]


@hookimpl
def zoo_commands() -> Iterable[Command]:
    """The words after ``zoo`` that are taken."""
    return [Command(word, "zoo_core.cli:main", "A command of the core.") for word in CORE_COMMANDS]


def _readers() -> list[Component]:
    return [
        Component(ShapesSettings, "zoo_core.data.readers.shapes:ShapesReader"),
        Component(VocSettings, "zoo_core.data.readers.voc:VocReader"),
        Component(CocoSettings, "zoo_core.data.readers.coco:CocoReader"),
        Component(YoloSettings, "zoo_core.data.readers.yolo:YoloReader"),
        Component(CsvSettings, "zoo_core.data.readers.csv_table:CsvReader"),
        Component(OpenImagesSettings, "zoo_core.data.readers.openimages:OpenImagesReader"),
        Component(LabelmeSettings, "zoo_core.data.readers.labelme:LabelmeReader"),
        Component(SuperviselySettings, "zoo_core.data.readers.supervisely:SuperviselyReader"),
        Component(DatumaroSettings, "zoo_core.data.readers.datumaro:DatumaroReader"),
        Component(CvatSettings, "zoo_core.data.readers.cvat:CvatReader"),
        Component(RecordIOSettings, "zoo_core.data.readers.recordio:RecordIOReader"),
    ]


def _resizing() -> list[Component]:
    return [Component(StretchResize), Component(ShortSideResize), Component(LetterboxResize)]


def _augmentation_steps() -> list[Component]:
    return [
        Component(Photometric, "zoo_core.data.pipeline.steps:PhotometricStep"),
        Component(Expand, "zoo_core.data.pipeline.steps:ExpandStep"),
        Component(Crop, "zoo_core.data.pipeline.steps:CropStep"),
        Component(Stretch, "zoo_core.data.pipeline.steps:StretchStep"),
        Component(Flip, "zoo_core.data.pipeline.steps:FlipStep"),
        Component(Affine, "zoo_core.data.pipeline.steps:AffineStep"),
        Component(ColorJitter, "zoo_core.data.pipeline.steps:ColorJitterStep"),
    ]


def _optimizers() -> list[Component]:
    return [
        Component(Sgd, "zoo_core.engines.gluon.optimizers:make_sgd"),
        Component(Nag, "zoo_core.engines.gluon.optimizers:make_nag"),
        Component(Adam, "zoo_core.engines.gluon.optimizers:make_adam"),
        Component(AdamW, "zoo_core.engines.gluon.optimizers:make_adamw"),
    ]


def _schedules() -> list[Component]:
    return [Component(Constant), Component(Cosine), Component(Milestones), Component(Poly)]
