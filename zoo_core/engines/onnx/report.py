"""What an export made, and how it was proved."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoo_core.common.messages import counted
from zoo_core.parts.geometry import ImageSize

__all__ = ["EngineScore", "ExportReport", "Loss", "Parity"]


@dataclass(frozen=True)
class Parity:
    """What of an exported file was held to its detector and to the zoo's own decoding, and how far they were apart.

    Attributes:
        library: what ran the network of the detector: MXNet or PyTorch.
        pictures: that both looked at.
        detections: that were compared, in pictures and from random network outputs; 0 where a file leaves
            decoding out.
        score: the largest difference of two probabilities, of all classes of all anchors.
        box: the largest difference of two coordinates, of all anchors, in pixels of the network's input.
    """

    library: str
    pictures: int = 0
    detections: int = 0
    score: float = 0.0
    box: float = 0.0

    def __add__(self, other: Parity) -> Parity:
        return Parity(
            self.library,
            self.pictures + other.pictures,
            self.detections + other.detections,
            max(self.score, other.score),
            max(self.box, other.box),
        )

    def __str__(self) -> str:
        network = (
            f"{counted(self.pictures, 'picture')} as {self.library} sees them, scores within {self.score:.1g} and "
            f"boxes within {self.box:.1g} pixels"
        )
        detections = f"; {counted(self.detections, 'detection')} as the zoo makes them"
        return network + (detections if self.detections else "")


@dataclass(frozen=True)
class Loss:
    """Mean average precision of a detector and of its file, by the rule of VOC 2010 and later.

    Attributes:
        library: what ran the network of the detector: MXNet or PyTorch.
        images: on which both were scored.
        before: that of the detector.
        after: that of the file.
    """

    library: str
    images: int
    before: float
    after: float

    @property
    def points(self) -> float:
        """What was lost, in points of a hundred; below 0 when the file scores higher."""
        return 100 * (self.before - self.after)

    def __str__(self) -> str:
        return (
            f"mAP on {counted(self.images, 'image')}: {100 * self.before:.2f} on {self.library}, "
            f"{100 * self.after:.2f} of the file ({-self.points:+.2f} points)"
        )


@dataclass(frozen=True)
class EngineScore:
    """What a detector, or its file, scores on an engine.

    Attributes:
        engine: its name.
        precision: precision in which the network computes.
        score: mean average precision by the rule of VOC 2010 and later.
        milliseconds: for an image, from its pixels to its boxes, in batches, while nothing else was asked for.
    """

    engine: str
    precision: str
    score: float
    milliseconds: float


@dataclass(frozen=True)
class ExportReport:
    """What `zoo_core.export` made.

    Attributes:
        path: path of the file.
        size: size of the file in bytes.
        opset: version of the ONNX operators in it.
        outputs: ``boxes``, or ``raw`` where decoding was left out.
        precision: precision of the network: ``float32`` or ``int8``.
        picture: the size of all pictures; None for pictures of every size.
        parity: how near the file came to the detector; for int8 that of the float32 network that was quantised.
        loss: what the file scores beside the detector; None where no data set was given.
        resized_to: the size to which pictures are resized before the file takes them; None where it does that itself.
        scores: of the detector and of the file, on each engine that is here and in each precision; empty where no data
            set was given.
    """

    path: Path
    size: int
    opset: int
    outputs: str
    precision: str
    picture: ImageSize | None
    parity: Parity
    loss: Loss | None
    resized_to: ImageSize | None = None
    scores: tuple[EngineScore, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        loss = {**asdict(self.loss), "points": self.loss.points} if self.loss else None
        return {
            **asdict(self),
            "path": str(self.path),
            "picture": str(self.picture) if self.picture else None,
            "loss": loss,
            "resized_to": str(self.resized_to) if self.resized_to else None,
        }

    def __str__(self) -> str:
        pictures = f"pictures of {self.picture}" if self.picture else "pictures of every size"
        if self.resized_to:
            pictures += f", resized to {self.resized_to} beforehand"
        outputs = "boxes" if self.outputs == "boxes" else "probabilities, offsets and anchors"
        proved = "the float32 network: " if self.precision == "int8" else ""
        facts = f"{self.size / 1e6:.1f} MB, {self.precision}, ONNX opset {self.opset}, {pictures} -> {outputs}"
        lines = [f"{self.path}: {facts}", f"  verified: {proved}{self.parity}"]
        return "\n".join([*lines, *([f"  {self.loss}"] if self.loss else [])])
