"""The whole description of a detector: its parts, their settings, how it is trained, and on which data."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from zoo_core.common.messages import counted, listed
from zoo_core.common.notebook import details, heading, table
from zoo_core.common.tables import to_yaml
from zoo_core.config.chosen_parts import (
    ChosenAnchors,
    ChosenBackbone,
    ChosenData,
    ChosenHead,
    ChosenLoss,
    ChosenNeck,
    ChosenResize,
    ChosenTargets,
)
from zoo_core.config.classes import Classes
from zoo_core.config.combinations import problems_of_combinations
from zoo_core.config.device import Device
from zoo_core.config.engines import EngineName
from zoo_core.config.head import SsdHeadSettings
from zoo_core.config.inheritance import EXTENDS
from zoo_core.config.input_size import InputSize
from zoo_core.config.resize import StretchResize
from zoo_core.config.search import NO_SEARCH, SearchSpace
from zoo_core.config.searched import problems_of_search
from zoo_core.config.training import TrainingSettings
from zoo_core.config.weights import WeightsSettings
from zoo_core.parts.components import Component
from zoo_core.parts.settings import Settings, custom_error, rethrown
from zoo_core.registry.registry import default_registry

__all__ = ["DetectorConfig", "NmsSettings", "Normalization"]


_PARTS = ("backbone", "neck", "anchors", "head", "targets", "loss", "data")
_CLASSES_SHOWN = 20
_Mean = Annotated[float, Field(ge=-255, le=255)]
_Std = Annotated[float, Field(ge=1e-4, le=1e4)]


class Normalization(Settings):
    """How RGB values of 0 to 255 become the numbers that the network sees: (value / 255 - mean) / std."""

    mean: tuple[_Mean, _Mean, _Mean] = (0.485, 0.456, 0.406)
    """Mean of red, green and blue, as fractions of 255; the default is ImageNet's."""
    std: tuple[_Std, _Std, _Std] = (0.229, 0.224, 0.225)
    """Standard deviation of red, green and blue, as fractions of 255."""


class NmsSettings(Settings):
    """Which of the boxes that the network finds are reported. The defaults are GluonCV's."""

    score: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Boxes whose score is not above this are dropped."""
    iou: Annotated[float, Field(gt=0, le=1)] = 0.45
    """Of two boxes of one class that overlap more than this, the one with the lower score is dropped."""
    top_k: PositiveInt = 400
    """Number of highest scores, over all classes together, that non-maximum suppression considers."""
    keep: PositiveInt = 100
    """Maximum number of boxes reported per image."""
    per_class: bool = True
    """Whether only boxes of the same class suppress each other."""
    peaks: Annotated[int, Field(ge=3, le=99)] | None = None
    """Side of a window in cells, odd: a score takes part only where it is the highest of its class in the window
    around its cell, as in CenterNet, which has 3 (and `iou` 1). null for all scores."""

    @field_validator("peaks")
    @classmethod
    def _has_a_middle(cls, peaks: int | None) -> int | None:
        if peaks is not None and peaks % 2 == 0:
            raise ValueError(f"should be odd, as 3, so that its window has a middle; given {peaks}")
        return peaks


class DetectorConfig(Settings):
    """A detector and everything needed to make, train and use it.

    A component is given by its name (a string: all its defaults) or as a table with a
    ``name`` and some of its settings. `zoo_core.load_config` makes it from a name, a file or a
    table, with what those extend, and explains what is wrong; made directly, it raises pydantic's ValidationError.
    """

    _read_before = (EXTENDS,)

    summary: str = ""
    """One-line description of the detector."""
    classes: Classes
    """Class names, without the background, in the order of their labels."""
    input_size: InputSize
    """Size of the network's input, HEIGHTxWIDTH; one number for a square."""
    resize: ChosenResize = StretchResize()
    """How pictures are brought to the size of the input: stretch, short_side or letterbox."""
    backbone: ChosenBackbone
    """Makes feature maps of an image."""
    neck: ChosenNeck | None = None
    """Makes other feature maps of those of the backbone; null to use them as they are."""
    anchors: ChosenAnchors
    """Places anchors on the feature maps."""
    targets: ChosenTargets
    """Matches anchors to objects, and encodes boxes as four numbers for each anchor."""
    loss: ChosenLoss
    """What training minimises; it decides what the scores of an anchor mean."""
    head: ChosenHead = SsdHeadSettings()
    """Predicts class scores and four numbers for each anchor from the feature maps; a table without a name sets
    SSD's."""
    normalization: Normalization = Normalization()
    """How pixels become the network's numbers."""
    nms: NmsSettings = NmsSettings()
    """Which boxes are reported."""
    data: ChosenData | None = None
    """The data set to train and score on."""
    weights: WeightsSettings = WeightsSettings()
    """The weights from which training starts."""
    training: TrainingSettings = TrainingSettings()
    """How the detector is trained."""
    device: Device = "auto"
    """``auto`` (an NVIDIA GPU if there is one), ``cpu``, ``gpu`` or ``gpu:N`` (``cuda`` is the same), ``mps`` (the GPU
    of a Mac, with PyTorch); several, as ``gpu:0,gpu:1``, share the images of a batch in training on MXNet."""

    engine: EngineName = "auto"
    """What runs the network: mxnet, torch (the same network on PyTorch), or auto: MXNet where it is installed, else
    PyTorch."""

    search: SearchSpace = NO_SEARCH
    """What `zoo tune` tries: ranges and lists of values, by the dotted paths of settings."""

    @model_validator(mode="wrap")
    @classmethod
    def _report_all_at_once(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Problems of single settings and incompatibilities of their combination come in one report."""
        config, faults = None, []
        try:
            config = handler(data)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        registry = (info.context or {}).get("registry") or default_registry()
        together = [
            *problems_of_combinations(config, data, faults, info),
            *problems_of_search(cls, data, registry),
        ]
        lines = [
            *(rethrown(fault) for fault in faults),
            *(custom_error("incompatibility", each.message, (each.place,), None) for each in together),
        ]
        if config is None or lines:
            raise ValidationError.from_exception_data(cls.__name__, sorted(lines, key=cls._place))
        return config

    @classmethod
    def _place(cls, line: InitErrorDetails) -> int:
        """Problems are reported in the order of the settings; unknown ones come last."""
        order, first = list(cls.model_fields), line["loc"][:1]
        return order.index(str(first[0])) if first and first[0] in order else len(order)

    @property
    def soft_class_count(self) -> int | None:
        """C of the soft targets (N, C) that the loss wants; None where it wants none."""
        return len(self.classes) if self.loss.soft else None

    def _repr_html_(self) -> str:
        """Its parts, and all settings on demand, for notebooks."""
        parts = [(name, getattr(self, name)) for name in _PARTS]
        rows = [(name, part.name, Component(type(part)).summary) for name, part in parts if part is not None]
        classes = listed(self.classes, most=_CLASSES_SHOWN)
        title = f"{counted(len(self.classes), 'class', 'classes')} at {self.input_size}: {classes}"
        return heading(title) + table(rows, ("setting", "part", "what it is")) + details("all settings", self.to_yaml())

    def to_yaml(self) -> str:
        """The whole configuration, defaults included, as YAML that reads back to an equal object."""
        return to_yaml(self.model_dump(mode="json"))
