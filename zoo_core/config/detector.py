"""The whole description of a detector: which parts, how set, how trained, on what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    PositiveInt,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from zoo_core.common.errors import Problem
from zoo_core.common.messages import did_you_mean, listed
from zoo_core.common.tables import to_yaml
from zoo_core.config.chosen_parts import NAMED, chosen
from zoo_core.config.engines import EngineName
from zoo_core.config.fit import incompatibilities, resize_incompatibilities, strange_classes
from zoo_core.config.resize import StretchResize
from zoo_core.config.training import TrainingSettings
from zoo_core.parts.components import (
    AnchorSettings,
    BackboneSettings,
    DatasetSettings,
    EncoderSettings,
    LossSettings,
    ResizeSettings,
)
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.settings import UNKNOWN_SETTING, Settings, custom_error, rethrown

__all__ = ["DetectorConfig", "HeadSettings", "NmsSettings", "Normalization", "WeightsSettings"]


_Mean = Annotated[float, Field(ge=-255, le=255)]
_Std = Annotated[float, Field(ge=1e-4, le=1e4)]


class Normalization(Settings):
    """How RGB values of 0 to 255 become the numbers that the network sees: (value / 255 - mean) / std."""

    mean: tuple[_Mean, _Mean, _Mean] = (0.485, 0.456, 0.406)
    """Of red, green and blue, as shares of 255; the default is ImageNet's."""
    std: tuple[_Std, _Std, _Std] = (0.229, 0.224, 0.225)
    """Standard deviation of red, green and blue, as shares of 255."""


class HeadSettings(Settings):
    """The convolutions on each feature map that predict class scores and box offsets."""

    kernel: Annotated[int, Field(ge=1, le=31)] = 3
    """Side of their window in cells; odd, so that every anchor keeps its cell."""

    @field_validator("kernel")
    @classmethod
    def _odd(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError(f"should be odd, as 1 or 3, so that every anchor keeps its cell; given {kernel}")
        return kernel


class NmsSettings(Settings):
    """Which of the boxes that the network finds are reported. The defaults are GluonCV's."""

    score: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Boxes whose score is not above this are dropped."""
    iou: Annotated[float, Field(gt=0, le=1)] = 0.45
    """Of two boxes of one class that overlap more than this, the one with the lower score is dropped."""
    top_k: PositiveInt = 400
    """Only so many of the highest scores, of all classes together, take part."""
    keep: PositiveInt = 100
    """At most so many boxes are reported for an image."""
    per_class: bool = True
    """Whether only boxes of the same class suppress each other."""


class WeightsSettings(Settings):
    """The weights from which training begins, when it does not begin anew."""

    source: str | None = None
    """A run folder, a ``.params`` file of the zoo or of a library whose names a plugin knows, or a name of ``zoo list
    weights`` for what such a library has published; weights of a classification network are for the backbone that is
    made of it. null for new weights."""
    classes: tuple[str, ...] | None = None
    """The classes of the source in their order; null where the source itself says which detector it is."""
    reuse: dict[str, str | int] | None = None
    """Which class of the source (a name, or a place counted from 0) each class begins from, as
    ``{kitten: cat, dog: 11}``; null for the classes of equal names. All other classes begin anew."""
    freeze: tuple[str, ...] = ()
    """Parameters that training leaves as they are: their names, the beginning of those (``backbone``), or patterns
    (``*_stage1_*``). The running statistics of batch norm go on."""

    @field_validator("reuse")
    @classmethod
    def _places_count_from_0(cls, reuse: dict[str, str | int] | None) -> dict[str, str | int] | None:
        for new, old in (reuse or {}).items():
            if isinstance(old, int) and old < 0:
                raise ValueError(f"places of classes are counted from 0, and {new!r} has {old}")
        return reuse

    @field_validator("freeze")
    @classmethod
    def _something_is_left(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        if everything := next((each for each in patterns if each and not each.strip("*")), None):
            raise ValueError(f"{everything!r} freezes every parameter, and leaves nothing to train")
        return patterns

    @field_validator("reuse", mode="before")
    @classmethod
    def _places_are_text(cls, value: object) -> object:
        # The keys of a table in JSON are always text, and what is written must read back to the same.
        if isinstance(value, Mapping):
            return {str(new) if isinstance(new, int) else new: old for new, old in value.items()}
        return value


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("a detector needs at least one class")
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        told = listed(map(repr, repeated), most=_SHOWN)
        raise ValueError(f"every class has its own name, and these repeat: {told}")
    if empty := [place for place, name in enumerate(names) if not name.strip()]:
        raise ValueError(f"every class has a name, and that of classes[{empty[0]}] is empty")
    if halved := [place for place, name in enumerate(names) if not _can_be_written(name)]:
        raise ValueError(f"classes[{halved[0]}] holds half a character (a lone surrogate), which no file can hold")
    return names


def _can_be_written(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _as_text(devices: object) -> object:
    """Several devices in a list are the same as with commas between."""
    if isinstance(devices, list | tuple) and all(isinstance(each, str) for each in devices):
        return ",".join(devices)
    return devices


def _device(names: str) -> str:
    each = names.replace(" ", "").split(",")
    if wrong := [name for name in each if not re.fullmatch(r"(cpu|gpu)(:\d{1,3})?" if each[1:] else _DEVICE, name)]:
        guess = did_you_mean(wrong[0].partition(":")[0], ("auto", "cpu", "gpu"))
        raise ValueError(f"should be auto, cpu, gpu or gpu:N, or several as gpu:0,gpu:1; given {wrong[0]!r}{guess}")
    if len({name.partition(":")[0] for name in each}) > 1 or len({_numbered(name) for name in each}) < len(each):
        raise ValueError(f"several devices are of one kind and each another; given {names!r}")
    return ",".join(each)


_DEVICE = r"auto|(cpu|gpu)(:\d{1,3})?"
_SHOWN = 30
"""Classes that a message names; there may be thousands."""
_LONGEST_SIDE = 8192
"""Of the network's input in pixels; above it the first layers of every network pass 2^31 numbers, MXNet's limit."""


def _numbered(device: str) -> str:
    return device if ":" in device else f"{device}:0"


def _small_enough(size: ImageSize) -> ImageSize:
    if max(size) > _LONGEST_SIDE:
        raise ValueError(f"the sides of the network's input have at most {_LONGEST_SIDE} pixels")
    return size


_Size = Annotated[
    ImageSize,
    BeforeValidator(ImageSize.parse),
    AfterValidator(_small_enough),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "format": "HEIGHTxWIDTH"}),
]
_Classes = Annotated[tuple[str, ...], AfterValidator(_distinct)]
_Backbone = Annotated[SerializeAsAny[BackboneSettings], chosen("backbone"), NAMED]
_Anchors = Annotated[SerializeAsAny[AnchorSettings], chosen("anchors"), NAMED]
_Targets = Annotated[SerializeAsAny[EncoderSettings], chosen("targets"), NAMED]
_Loss = Annotated[SerializeAsAny[LossSettings], chosen("loss"), NAMED]
_Resize = Annotated[SerializeAsAny[ResizeSettings], chosen("resize"), NAMED]
_Data = Annotated[SerializeAsAny[DatasetSettings], chosen("dataset"), NAMED]


class _Shapes(BaseModel):
    """The settings on which the shapes of the network depend, without the rest."""

    input_size: _Size
    backbone: _Backbone
    anchors: _Anchors

    def incompatibilities(self) -> Iterator[Problem]:
        return incompatibilities(self.input_size, self.backbone, self.anchors)


class _Resizing(_Shapes):
    """The same and how pictures are resized, on which the sizes of the input depend."""

    resize: _Resize = StretchResize()

    def incompatibilities(self) -> Iterator[Problem]:
        return resize_incompatibilities(self.input_size, self.backbone, self.anchors, self.resize)


class _Labels(BaseModel):
    """The settings on which the labels depend, without the rest."""

    classes: _Classes
    data: _Data | None = None

    def incompatibilities(self) -> Iterator[Problem]:
        return strange_classes(self.classes, self.data) if self.data else iter(())


_COMBINATIONS: tuple[type[_Shapes | _Labels], ...] = (_Shapes, _Resizing, _Labels)
"""What must fit together."""


class DetectorConfig(Settings):
    """A detector and everything needed to make, train and use it.

    A component is given by its name (a string: all its defaults) or as a table with a
    ``name`` and some of its settings. `zoo_core.load_config` makes it from a name, a file or a
    table, and words what is wrong; made directly, it raises pydantic's ValidationError.
    """

    summary: str = ""
    """One line about the detector."""
    classes: _Classes
    """Names of the classes, without the background, in the order of their labels."""
    input_size: _Size
    """Size of the network's input, HEIGHTxWIDTH; one number for a square."""
    resize: _Resize = StretchResize()
    """How pictures come to the size of the input: stretch, short_side or letterbox."""
    backbone: _Backbone
    """Makes feature maps of an image."""
    anchors: _Anchors
    """Places anchors on the feature maps."""
    targets: _Targets
    """Matches anchors to objects, and codes boxes as offsets."""
    loss: _Loss
    """What training minimises."""
    head: HeadSettings = HeadSettings()
    """Predicts class scores and box offsets from the feature maps."""
    normalization: Normalization = Normalization()
    """How pixels become the network's numbers."""
    nms: NmsSettings = NmsSettings()
    """Which boxes are reported."""
    data: _Data | None = None
    """The data set to train and score on."""
    weights: WeightsSettings = WeightsSettings()
    """The weights from which training begins."""
    training: TrainingSettings = TrainingSettings()
    """How the weights are found."""
    device: Annotated[str, BeforeValidator(_as_text), AfterValidator(_device)] = "auto"
    """``auto`` (a GPU if there is one), ``cpu``, ``gpu`` or ``gpu:N``; several, as ``gpu:0,gpu:1``, share the images
    of a batch in training."""

    engine: EngineName = "auto"
    """What runs the network: mxnet, torch (the same network on PyTorch), or auto: MXNet where it is installed, else
    PyTorch."""

    @field_validator("classes", mode="before")
    @classmethod
    def _refuse_bare_string(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError(f"should be a list of names: write [{value}] for the one class {value!r}")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _report_all_at_once(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Faults of single settings and incompatibilities of their combination come in one report."""
        config, faults = None, []
        try:
            config = handler(data)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        lines = [rethrown(fault) for fault in faults]
        for combination in _COMBINATIONS:
            if (parts := _parts(combination, config or data, faults, info)) is not None:
                lines += [
                    custom_error("misfit", message, (place,), None) for place, message in parts.incompatibilities()
                ]
        if config is None or lines:
            raise ValidationError.from_exception_data(cls.__name__, sorted(lines, key=cls._place))
        return config

    @classmethod
    def _place(cls, line: InitErrorDetails) -> int:
        """Faults are told in the order of the settings; unknown ones come last."""
        order, first = list(cls.model_fields), line["loc"][:1]
        return order.index(str(first[0])) if first and first[0] in order else len(order)

    def to_yaml(self) -> str:
        """The whole configuration, defaults included, as YAML that reads back to an equal object."""
        return to_yaml(self.model_dump(mode="json"))


def _parts(
    combination: type[_Shapes | _Labels], source: object, faults: list[Any], info: ValidationInfo
) -> _Shapes | _Labels | None:
    """What of a configuration must fit together; None when one of it is faulty itself.

    Unknown settings are left aside, for the parts are clear without them.
    """
    names = combination.model_fields
    if isinstance(source, DetectorConfig):
        return combination.model_construct(**{name: getattr(source, name) for name in names})
    if not isinstance(source, Mapping):
        return None
    table = {name: source[name] for name in names if name in source}
    for place, *inner in (fault["loc"] for fault in faults if fault["type"] == UNKNOWN_SETTING):
        if place in table and len(inner) == 1:
            table[place] = {key: value for key, value in table[place].items() if str(key) != inner[0]}
    try:
        return combination.model_validate(table, context=info.context)
    except ValidationError:
        return None
