"""How a detector is trained: optimiser, schedule, augmentation, and what is kept and written on the way."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
)

from zoo_core.common.errors import PluginError
from zoo_core.common.messages import shown
from zoo_core.config.augmentation import Crop, Expand, Flip, Photometric, Stretch
from zoo_core.config.batching import MixupSettings, MultiScaleSettings
from zoo_core.config.chosen_parts import ChosenAugmentation, ChosenLogger, ChosenOptimizer, ChosenSchedule
from zoo_core.config.loggers import TensorBoardSettings
from zoo_core.config.optimizer import Sgd
from zoo_core.config.schedule import Cosine
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.settings import Settings
from zoo_core.parts.training_components import AugmentationSettings, LoggerSettings, Span

__all__ = ["SSD_AUGMENTATION", "CheckpointSettings", "Exchange", "TrainingSettings"]

SSD_AUGMENTATION: tuple[AugmentationSettings, ...] = (Photometric(), Expand(), Crop(), Stretch(), Flip())
"""The recipe of SSD."""
_SMALLEST = 1e-12
"""Below it a factor of a gradient or a weight is lost in float32."""
Exchange = Literal["exact", "fast"]
"""How workers on a cluster add up what their parts of a batch contribute."""
_Limit = Annotated[float, Field(ge=_SMALLEST, le=1e12)]


class CheckpointSettings(Settings):
    """The files from which a stopped training resumes; one is written after every epoch."""

    keep: PositiveInt = 1
    """How many of the latest are kept, besides that of the best score where training scores."""
    every_steps: PositiveInt | None = None
    """Also write one every this many steps; null for epochs alone."""
    every_minutes: PositiveFloat | None = None
    """Also write one after this many minutes without one; null for epochs alone."""


def _not_lost(decay: float) -> float:
    if 0 < decay < _SMALLEST:
        raise ValueError(f"should be 0, or at least {_SMALLEST:g}")
    return decay


def _power_of_two(number: int) -> int:
    if number & (number - 1):
        lower = 1 << number.bit_length() - 1
        raise ValueError(f"should be a power of two, as {lower} or {2 * lower}; given {number}")
    return number


class TrainingSettings(Settings):
    """How the detector is trained."""

    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    """Number of passes over the training images."""
    batch_size: PositiveInt = 32
    """Number of images that go through the network together; several devices share them."""
    accumulate: PositiveInt = 1
    """Number of batches whose gradients are averaged into one step, for larger steps than memory can hold."""
    parts: Annotated[int, Field(ge=1, le=1024), AfterValidator(_power_of_two)] = 1
    """Number of equal parts of a batch that are computed one by one, each with a batch norm of its own: a power of
    two. Parts need less memory than the whole, and any number of devices or machines that share them trains the same
    weights to the last bit."""
    exchange: Exchange = "exact"
    """How workers on a cluster add up what their parts of a batch contribute: exact, so that any number of them trains
    the same weights to the last bit; or fast, by the all-reduce of PyTorch, where bits depend on their number."""
    optimizer: ChosenOptimizer = Sgd()
    """How gradients change the weights: sgd, nag, adam or adamw."""
    learning_rate: Annotated[float, Field(ge=1e-12, le=1e6)] = 0.01
    """Peak learning rate of the schedule."""
    weight_decay: Annotated[float, Field(ge=0, le=1e6), AfterValidator(_not_lost)] = 5e-4
    """How strongly weights are pulled towards zero."""
    decay_norms_and_biases: bool = False
    """Whether weight decay also applies to biases and to the scales and shifts of normalisation, as in GluonCV."""
    schedule: ChosenSchedule = Cosine()
    """How the learning rate falls after warm-up: cosine, step, poly or constant."""
    warmup_steps: NonNegativeInt = 0
    """Number of steps in which the learning rate climbs linearly at the beginning."""
    warmup_epochs: NonNegativeFloat = 0
    """Length of warm-up in epochs, in place of `warmup_steps`."""
    warmup_start: Annotated[float, Field(ge=0, lt=1)] = 0
    """Fraction of the learning rate at which warm-up starts."""
    clip_norm: _Limit | None = None
    """Limit of the norm of all gradients together, which are scaled down to it; null for no limit."""
    clip_gradient: _Limit | None = None
    """Limit of the absolute value of every gradient element, which is clipped to it; null for no limit."""
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Decay of the running mean of the weights that is scored and kept, as 0.999; null for the weights themselves."""
    precision: Literal["float32", "bfloat16", "float16", "auto"] = "float32"
    """Number format in which the network computes: bfloat16 for processors that have it, float16 for GPUs; auto
    measures whether it helps on this machine. Weights, loss and scores are always float32."""
    score_every: PositiveInt | None = None
    """Score on the validation images every this many epochs, and keep the best weights; null scores only at the end."""
    patience: PositiveInt | None = None
    """Stop after this many scorings in a row without a better score (mAP, VOC 2007); null never stops early."""
    checkpoints: CheckpointSettings = CheckpointSettings()
    """The checkpoints from which a stopped training resumes."""
    log_every: PositiveInt = 10
    """Number of steps summed up by a line of metrics.jsonl."""
    tensorboard: bool = False
    """Whether measurements are also written for TensorBoard, to ``tensorboard`` in the run folder: short for a logger
    of that name."""
    loggers: Annotated[tuple[ChosenLogger, ...], Field(max_length=100)] = ()
    """Where what happens in the training is also written, as tensorboard; none needs to be named for the run folder."""
    augmentation: Annotated[tuple[ChosenAugmentation, ...], Field(max_length=100)] = SSD_AUGMENTATION
    """Random changes of the training images, in order; an empty list for none."""
    multi_scale: MultiScaleSettings | None = None
    """Sizes of the network's input that are drawn at random around `input_size`; null for `input_size` alone."""
    mixup: MixupSettings | None = None
    """Blends each image with another one; null for images as they are. The loss must be able to weigh objects."""
    workers: Annotated[int, Field(ge=0, le=256)] = 1
    """How many prepare batches during training: 1 is a thread, more are processes with a Python of their own each, for
    a GPU that would wait; 0 prepares them in the training thread. The batches are the same for any number."""
    seed: NonNegativeInt = 0
    """Seed of the initial weights, the order of the images and augmentation."""

    @field_validator("parts")
    @classmethod
    def _parts_are_equal(cls, parts: int, info: ValidationInfo) -> int:
        images = info.data.get("batch_size", parts)
        if images % parts:
            raise ValueError(f"should divide training.batch_size, which is {images}")
        return parts

    @field_validator("warmup_epochs")
    @classmethod
    def _one_warmup(cls, epochs: float, info: ValidationInfo) -> float:
        if epochs and info.data.get("warmup_steps"):
            raise ValueError("warm-up is given in steps or in epochs, not in both; set warmup_steps to 0")
        return epochs

    @field_validator("patience")
    @classmethod
    def _patience_needs_scores(cls, patience: int | None, info: ValidationInfo) -> int | None:
        if patience is not None and info.data.get("score_every", patience) is None:
            raise ValueError("stopping early needs scores during training; set score_every, as 1 for every epoch")
        return patience

    @field_validator("loggers")
    @classmethod
    def _loggers_differ(cls, loggers: tuple[LoggerSettings, ...]) -> tuple[LoggerSettings, ...]:
        for index, each in enumerate(loggers):
            if each in loggers[:index]:
                raise ValueError(f"{each.name!r} is there twice with equal settings, and would write everything twice")
        return loggers

    def all_loggers(self) -> tuple[LoggerSettings, ...]:
        """The loggers, with TensorBoard's where `tensorboard` alone asks for it."""
        named = TensorBoardSettings()
        return (*self.loggers, named) if self.tensorboard and named not in self.loggers else self.loggers

    def input_sizes(self, input_size: ImageSize) -> tuple[ImageSize, ...]:
        """Sizes of the network's input that training draws, the smallest first."""
        return self.multi_scale.sizes(input_size) if self.multi_scale else (input_size,)

    def rate(self, step: int, steps: int, per_epoch: float) -> float:
        """The learning rate of a step; 0 where it is so small that it would change nothing.

        Args:
            step: counted from 1.
            steps: of all epochs.
            per_epoch: steps in an epoch.

        Raises:
            PluginError: the schedule gives something other than a fraction.
        """
        warmup = min(self.warmup_steps or round(self.warmup_epochs * per_epoch), steps)
        if step <= warmup:
            factor = self.warmup_start + (1 - self.warmup_start) * step / warmup
        else:
            factor = self._share(step - 1, Span(steps, per_epoch, warmup))
        # MXNet refuses numbers that float32 cannot hold.
        return self.learning_rate * factor if factor > _SMALLEST else 0.0

    def _share(self, done: int, span: Span) -> float:
        """What the schedule answers, which may be a plugin's."""
        factor: object = self.schedule.factor(done, span)
        if not isinstance(factor, int | float) or not 0 <= factor <= 1:
            raise PluginError(
                f"schedule {self.schedule.name!r} should answer factor({done}, {span}) with a number from 0 to 1; "
                f"it answered {shown(factor)}"
            )
        return factor
