"""The light half of every part: settings that answer questions without any tensor.

A component is a settings class (pydantic, frozen, pure Python) and the name of the heavy
class that is made from it. Everything that can be checked is checked on this half.
"""

import inspect
import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from zoo_core.parts.component_settings import ComponentSettings
from zoo_core.parts.geometry import BoxFormat, FeatureMap, ImageSize
from zoo_core.parts.outputs import Normalizer, Scoring
from zoo_core.parts.resizing import ResizeSettings
from zoo_core.parts.training_components import AugmentationSettings, LoggerSettings, OptimizerSettings, ScheduleSettings

__all__ = [
    "KINDS",
    "AnchorSettings",
    "AugmentationSettings",
    "BackboneSettings",
    "BoxFormat",
    "Component",
    "ComponentSettings",
    "DatasetSettings",
    "DeltaEncoderSettings",
    "EncoderSettings",
    "FeatureMap",
    "HeadSettings",
    "ImageSize",
    "LoggerSettings",
    "LossSettings",
    "NeckSettings",
    "Normalizer",
    "OptimizerSettings",
    "ResizeSettings",
    "ScheduleSettings",
    "Scoring",
    "Shape",
    "Stds",
    "TargetEncoderSettings",
]

Shape = tuple[float, float]
"""Width and height."""
_Std = Annotated[float, Field(ge=1e-6, le=1e6)]
Stds = tuple[_Std, _Std, _Std, _Std]
"""Divisors of the four offsets when boxes are encoded."""


class BackboneSettings(ComponentSettings):
    """A network that turns images into feature maps."""

    kind: ClassVar[str] = "backbone"

    @abstractmethod
    def feature_maps(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """The exact shapes that the network gives for images of this size.

        Only asked for sizes of at least `smallest_input()` in both directions.
        """

    @abstractmethod
    def smallest_input(self) -> ImageSize:
        """The smallest height and the smallest width with which the network can run."""


class NeckSettings(ComponentSettings):
    """Layers between backbone and head that make other feature maps of those of the backbone."""

    kind: ClassVar[str] = "neck"

    @abstractmethod
    def feature_maps(self, maps: tuple[FeatureMap, ...]) -> tuple[FeatureMap, ...]:
        """The exact shapes that it makes of maps of these shapes.

        Only asked where `incompatibility()` has nothing against them.
        """

    def incompatibility(self, maps: tuple[FeatureMap, ...]) -> str | None:  # noqa: ARG002
        """Why it cannot work on maps of these shapes, as ``needs at least 3 of them``; None when it can."""
        return None


class AnchorSettings(ComponentSettings):
    """A generator of anchors."""

    kind: ClassVar[str] = "anchors"
    gives: ClassVar[BoxFormat]

    @abstractmethod
    def anchors_per_cell(self) -> tuple[int, ...]:
        """How many anchors stand in a cell of each feature map, first map first."""

    def fitted(self, shapes: Sequence[Sequence[Shape]], image: ImageSize) -> Sequence["AnchorSettings"]:  # noqa: ARG002
        """These settings with other sizes and ratios, so that anchors come near to given shapes.

        ``zoo anchors`` asks for them with the shapes of annotated objects, measures each of the
        answers, and proposes the best if it is better than what is there. An answer gives as
        many anchors in a cell of each map as these settings do, so that the network stays.

        Args:
            shapes: width and height in pixels of the network's input, for each feature map as many as
                there are anchors in a cell, the smallest area first; none for a map that should stay.
            image: the size of the network's input.

        Returns:
            One or several guesses; none where sizes are not settings.
        """
        return ()


class HeadSettings(ComponentSettings):
    """Layers that predict scores and four numbers for each anchor from the feature maps."""

    kind: ClassVar[str] = "head"
    scorings: ClassVar[frozenset[Scoring]] = frozenset(Scoring)
    """The meanings that its scores can have; the loss decides for one."""

    def incompatibility(
        self,
        maps: tuple[FeatureMap, ...],  # noqa: ARG002
        anchors_per_cell: tuple[int, ...],  # noqa: ARG002
    ) -> str | None:
        """Why it cannot predict from such maps with so many anchors in their cells, as ``needs equal channels``.

        Only asked for as many maps as there are numbers of anchors; None when it can.
        """
        return None


class TargetEncoderSettings(ComponentSettings):
    """A rule that matches anchors to objects, writes boxes as four numbers for each anchor, and reads them back."""

    kind: ClassVar[str] = "targets"
    takes: ClassVar[BoxFormat]
    codes: ClassVar[str] = "deltas"
    """What the four numbers are, which a loss can ask for: a word of a plugin, or one of these.
    ``deltas``: offsets of the centre in widths and heights of the anchor, and the logarithm of the size against the
    anchor, each divided by a number of its own. ``cell`` (YOLO): the logit of the place of the centre in the cell, and
    the same logarithm. ``sides`` (FCOS): logarithms of the distances from the anchor's middle to the left, upper, right
    and lower side, in widths and heights of the anchor."""
    soft: ClassVar[bool] = False
    """Whether it can write soft targets, by a method `soft_classes`: a heatmap for each class."""

    def threshold(self) -> float | None:
        """The IoU from which an anchor may be assigned to an object; None where the rule has no such threshold."""
        return None


class DeltaEncoderSettings(TargetEncoderSettings):
    """A rule whose four numbers are deltas: offsets of the centre and of the logarithm of the size, each divided."""

    stds: Stds = (0.1, 0.1, 0.2, 0.2)
    """Divisors of the offsets of centre x, centre y, width and height."""


EncoderSettings = DeltaEncoderSettings
"""The name of `DeltaEncoderSettings` from when there was no other code."""


class LossSettings(ComponentSettings):
    """A loss on class scores and box offsets.

    It decides what the scores of an anchor mean, in training and in prediction.
    """

    kind: ClassVar[str] = "loss"
    scoring: ClassVar[Scoring] = Scoring.SOFTMAX
    """What the scores of an anchor mean."""
    codes: ClassVar[str | None] = None
    """What the four numbers must be; see `TargetEncoderSettings.codes`. None: any four numbers will do."""
    soft: ClassVar[bool] = False
    """Whether it needs soft targets, which it gets as its sixth argument."""
    normalizer: ClassVar[Normalizer | None] = None
    """The divisor of its sums over a batch. None: another one, and then a batch cannot be computed in parts
    (`training.parts`)."""
    box_normalizer: ClassVar[Normalizer | None] = None
    """The divisor of the box part, where it is another than that of the class part. A batch in parts then takes a
    backward pass for each of the two."""
    weighted: ClassVar[bool] = False
    """Whether it can weigh objects, as mixup demands; it gets weights (B, N) as a last argument where there are any."""

    @property
    def normalizers(self) -> tuple[Normalizer, ...]:
        """The divisor of both parts, or those of the class part and of the box part; none where it does not say."""
        if self.normalizer is None:
            return ()
        return (self.normalizer, self.box_normalizer) if self.box_normalizer else (self.normalizer,)


class DatasetSettings(ComponentSettings):
    """A reader of annotated images."""

    kind: ClassVar[str] = "dataset"

    def class_names(self) -> Sequence[str] | None:
        """The classes, when the settings alone fix them (no file is opened), else None."""
        return None


KINDS: dict[str, type[ComponentSettings]] = {
    base.kind: base
    for base in (
        BackboneSettings,
        NeckSettings,
        AnchorSettings,
        HeadSettings,
        TargetEncoderSettings,
        LossSettings,
        DatasetSettings,
        ResizeSettings,
        AugmentationSettings,
        OptimizerSettings,
        ScheduleSettings,
        LoggerSettings,
    )
}
"""The kinds of component and the base class of the settings of each."""


@dataclass(frozen=True)
class Component:
    """What a plugin contributes: settings, and where the class made from them is found.

    Args:
        settings: a subclass of one of the bases in `KINDS`, with a fixed `name`.
        target: ``"package.module:Class"``; imported only by `zoo_core.make`, and called
            with the settings; a neck also with the feature maps of the backbone, and a head with its `Outputs`.
            None for kinds whose settings do all of the work (schedules and resizing).
    """

    settings: type[ComponentSettings]
    target: str | None = None

    @property
    def kind(self) -> str:
        """Which of `KINDS` this is."""
        return self.settings.kind

    @property
    def name(self) -> str:
        """The name by which a configuration chooses it."""
        return str(self.settings.model_fields["name"].default)

    @property
    def summary(self) -> str:
        """The first line of the docstring of the settings."""
        return (inspect.getdoc(self.settings) or "").partition("\n")[0]

    @property
    def source(self) -> str | None:
        """The paper or file named in the docstring of the settings."""
        found = re.search(r"^Source:\s*(.+(?:\n\S.*)*)", inspect.getdoc(self.settings) or "", re.MULTILINE)
        return " ".join(found[1].split()) if found else None
