"""What runs a network: the protocol by which detectors, training and files speak to an engine."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from zoo_core.config.detector import DetectorConfig
from zoo_core.data.pipeline.batches import Batch

__all__ = [
    "Engine",
    "Graphs",
    "Learner",
    "LearnerState",
    "PartLearner",
    "PeerLostError",
    "Peers",
    "ReducingLearner",
    "Trainable",
    "WeightsReport",
]


class WeightsReport(Protocol):
    """What was taken from the weights from which a network began; as text it is the whole report."""

    @property
    def summary(self) -> str:
        """The report in a line."""


class Graphs(Protocol):
    """What a network and its loss compute, without the engine that made them."""

    def write(self, path: Path) -> None:
        """Write them to a file, all or nothing.

        Raises:
            OSError: they cannot be written.
        """


class Trainable(Protocol):
    """Can let a network learn."""

    @property
    def runs_on(self) -> str:
        """What computes, and where, in words: ``PyTorch on cpu``; what the setting ``auto`` came to."""

    def learner(self, config: DetectorConfig, batch_size: int) -> Learner:
        """What trains the network.

        Args:
            config: how it is trained.
            batch_size: images in a batch.

        Raises:
            ConfigError: this machine cannot train like that.
        """


class Engine(Trainable, Protocol):
    """Runs the network of a detector, keeps its weights, and can let it learn."""

    @property
    def library(self) -> str:
        """What it runs on, by name: MXNet or PyTorch."""

    @property
    def transfer(self) -> WeightsReport | None:
        """What was taken from the weights from which it started; None when it started from scratch."""

    def __call__(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities (B, N, S) and four numbers (B, N, 4) of each anchor, of normalised images (B, 3, H, W).

        Probabilities are the softmax of the scores, or the sigmoid of each, as the loss says; see `Scoring`.

        Raises:
            RunError: the weights are not finite; says of which layers.
        """

    def outputs(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The raw outputs of the network for the same: scores (B, N, S) before softmax or sigmoid, and the numbers."""

    def graphs(self) -> Graphs:
        """What the network and its loss compute, which a run keeps for engines that cannot make the network."""

    def save(self, path: Path) -> None:
        """Write the weights, all or nothing.

        Raises:
            OSError: they cannot be written.
            RunError: they are not finite.
        """

    def load(self, path: Path) -> None:
        """Set the weights to those of a file.

        Raises:
            RunError: no such file, it is damaged, or it belongs to another network; nothing was set.
        """

    def learner(self, config: DetectorConfig, batch_size: int) -> PartLearner:
        """See `Trainable.learner`."""


@dataclass(frozen=True)
class LearnerState:
    """What a learner keeps besides arrays; with these, everything on which its next steps depend.

    Attributes:
        precision: number format in which the network computes.
        optimizer: its name.
        updates: how often it has changed the weights.
        ema_updates: how often the weights were taken into their running mean; None where there is none.
        loss_scale: by how much losses are multiplied, and the steps since that was changed; None where they are not.
    """

    precision: str
    optimizer: str
    updates: int
    ema_updates: int | None = None
    loss_scale: tuple[float, int] | None = None


class Learner(Protocol):
    """Gradients of batches, and weights that follow them."""

    @property
    def precision(self) -> str:
        """In which the network computes: ``float32``, ``bfloat16`` or ``float16``."""

    def seed(self, number: int) -> None:
        """Let all that the network draws at random in the step to come (dropout) depend on a number."""

    def forward_backward(self, batch: Batch) -> tuple[float, float]:
        """Add the gradients of a batch to those of the step; may return before they are computed.

        Where the batch has `reconsider`, its targets are those that this makes of what the network says.

        Returns:
            The class part and the box part of its loss.
        """

    def step(self, rate: float, batches: int) -> None:
        """Change the weights by the mean of the gradients of so many batches, and forget these.

        Where a gradient overflowed in 16 bits, the weights stay.
        """

    def largest_gradients(self) -> str:
        """In words, which weights have the largest gradients, and how many are not finite."""

    def wait(self) -> None:
        """Return when all is computed."""

    def averaged(self) -> AbstractContextManager[None]:
        """The network has the weights that are scored and kept: their running mean, where the settings have one."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Weights by their names, and what is kept for each of them by names with a prefix.

        Raises:
            RunError: some are no longer numbers, which a ReLU hides from the loss.
        """

    def state(self) -> LearnerState:
        """All that is kept besides the arrays."""

    def restore(self, arrays: dict[str, NDArray[Any]], state: LearnerState, place: Path) -> None:
        """Go on from a moment as if there had been no stop.

        Args:
            arrays: as `arrays` gave them.
            state: as `state` gave it.
            place: the file from which both were read, for messages.

        Raises:
            RunError: they belong to another training, or are not whole.
            ConfigError: this machine cannot compute in that precision.
        """


class PartLearner(Learner, Protocol):
    """A learner in this process, whose batches can be computed in parts, here and elsewhere."""

    def contribution(self, images: Batch, parts: range) -> NDArray[np.float32]:
        """What some of the parts of a batch contribute, where the settings cut batches into parts.

        Weights and running statistics stay as they are.

        Args:
            images: those of these parts.
            parts: which of the batch they are: neighbours, whose number is a power of two that divides the first.

        Returns:
            A vector; the sum of those of all parts, added in the tree of `zoo_core.engines.part_sums.tree_sum`, is for
            `take`.
        """

    def take(self, total: NDArray[np.float32]) -> tuple[float, float]:
        """Add the gradients of a batch to those of the step, and set the running statistics.

        Args:
            total: the contributions of all of its parts.

        Returns:
            The class part and the box part of its loss.
        """

    def abandon(self) -> None:
        """Forget the gradients of the step, and put the running statistics back to where it began."""


class PeerLostError(ConnectionError):
    """A process with which a learner exchanges what they contribute is gone, or cannot be reached."""


class Peers(NamedTuple):
    """Processes whose learners exchange what they contribute.

    Attributes:
        rank: of this one.
        size: how many they are.
        host: the address of this machine by which the others reach it.
        meeting: host and port where the one of rank 0 listens, and all find each other.
        listener: the socket that listens there; in the process of rank 0 alone.
    """

    rank: int
    size: int
    host: str
    meeting: tuple[str, int]
    listener: socket | None = None


class ReducingLearner(PartLearner, Protocol):
    """A part learner that adds up itself what it and its peers contribute, in an order that depends on their number."""

    def join(self, peers: Peers) -> None:
        """Be one of these from now on; returns when all have joined.

        Raises:
            PeerLostError: one does not come in time, or goes away.
        """

    def contribute(self, images: Batch, parts: range) -> None:
        """Compute what some of the parts of a batch contribute, as `contribution`, and keep it for `reduce`."""

    def reduce(self) -> tuple[float, float]:
        """Add up what all peers contribute, as all of them do now, and take it as `take` does; the losses of the batch.

        Raises:
            PeerLostError: one goes away, or does not take part in time; `abandon` is then possible, and another `join`.
        """
