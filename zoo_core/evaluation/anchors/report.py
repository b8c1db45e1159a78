"""What was found of the anchors of a detector on a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import out_of_input
from zoo_core.config.plan import Plan
from zoo_core.evaluation.anchors.coverage import Coverage
from zoo_core.evaluation.anchors.objects import ImageObjects
from zoo_core.parts.components import AnchorSettings

__all__ = ["SIZES", "AnchorReport", "Group", "Proposal", "Unreached", "unreached"]

SIZES: Mapping[str, tuple[float, float]] = {
    "small": (0, 32**2),
    "medium": (32**2, 96**2),
    "large": (96**2, np.inf),
}
"""COCO's ranges of the area of a box, in pixels of the picture as it is."""


@dataclass(frozen=True)
class Group:
    """The objects of a class or of a size.

    Attributes:
        name: name of the class or size.
        objects: how many there are.
        reached: how many have an anchor that overlaps them by the encoder's threshold.
        forced: how many have only anchors that overlap them less.
        missed: how many have none.
        mean_iou: mean IoU of the best anchor of each; 0 without objects.
    """

    name: str
    objects: int
    reached: int
    forced: int
    missed: int
    mean_iou: float

    @property
    def recall(self) -> float | None:
        """The share that is reached; None without objects."""
        return self.reached / self.objects if self.objects else None

    @classmethod
    def of(cls, name: str, coverage: Coverage, members: NDArray[np.bool_]) -> Group:
        """Those objects of a coverage."""
        return cls(
            name,
            objects=int(members.sum()),
            reached=int(coverage.reached[members].sum()),
            forced=int(coverage.forced[members].sum()),
            missed=int(coverage.missed[members].sum()),
            mean_iou=float(coverage.best[members].mean(dtype=np.float64)) if members.any() else 0.0,
        )


@dataclass(frozen=True)
class Unreached:
    """An object without an anchor of the threshold.

    Attributes:
        image: the place of its image in the data set.
        image_id: the name of its image.
        class_name: class of the object.
        box: corner/unit.
        best_iou: with any anchor.
        best_anchor: that anchor, corner/unit.
        missed: whether it has no anchor at all.
    """

    image: int
    image_id: str
    class_name: str
    box: tuple[float, ...]
    best_iou: float
    best_anchor: tuple[float, ...]
    missed: bool


@dataclass(frozen=True)
class Proposal:
    """Settings of the same generator that meet the objects better.

    Attributes:
        anchors: the settings.
        changed: those that differ, as a configuration has them below ``anchors``.
        overall: what was measured with them on all objects.
    """

    anchors: AnchorSettings
    changed: dict[str, Any]
    overall: Group


@dataclass(frozen=True)
class AnchorReport:
    """How the anchors of a detector meet the objects of a data set.

    Attributes:
        plan: the shapes of the detector.
        threshold: the IoU from which an object is reached.
        encoder_has_threshold: whether it is the encoder's own; else it is .5.
        images: how many have objects.
        overall: all objects.
        by_size: by the area of their box, as COCO parts it.
        by_class: in the order of the classes.
        positives: how many anchors of each feature map are assigned to objects.
        unreached: every object that has no anchor of the threshold, the lowest IoU first.
        can_be_fitted: whether other sizes can be asked of the generator at all.
        proposal: better settings; None where none were found.
    """

    plan: Plan
    threshold: float
    encoder_has_threshold: bool
    images: int
    overall: Group
    by_size: tuple[Group, ...]
    by_class: tuple[Group, ...]
    positives: tuple[int, ...]
    unreached: tuple[Unreached, ...]
    can_be_fitted: bool
    proposal: Proposal | None

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        maps = zip(self.plan.feature_maps, self.plan.anchors_per_map, self.positives, strict=True)
        proposal = self.proposal
        return {
            "threshold": self.threshold,
            "encoder_has_threshold": self.encoder_has_threshold,
            "images": self.images,
            "overall": _as_dict(self.overall),
            "by_size": [_as_dict(group) for group in self.by_size],
            "by_class": [_as_dict(group) for group in self.by_class],
            "maps": [{"map": str(map_), "anchors": count, "positives": given} for map_, count, given in maps],
            "unreached": [vars(each) for each in self.unreached],
            "can_be_fitted": self.can_be_fitted,
            "proposal": proposal and {"anchors": proposal.changed, "overall": _as_dict(proposal.overall)},
        }


def _as_dict(group: Group) -> dict[str, Any]:
    return {**vars(group), "recall": group.recall}


def unreached(
    objects: Sequence[ImageObjects], coverage: Coverage, anchors: NDArray[np.float32], class_names: Sequence[str]
) -> tuple[Unreached, ...]:
    """The objects that are not reached, the lowest IoU first.

    Args:
        objects: objects of all images.
        coverage: their coverage.
        anchors: (N, 4) corner/unit of the network's input.
        class_names: what labels count.
    """
    of_object = [(image, index) for image in objects for index in range(len(image.boxes))]
    found = np.flatnonzero(~coverage.reached)
    return tuple(
        Unreached(
            image=image.index,
            image_id=image.image_id,
            class_name=class_names[image.labels[index]],
            box=tuple(out_of_input(image.boxes[index], image.placement).tolist()),
            best_iou=float(coverage.best[number]),
            best_anchor=tuple(out_of_input(anchors[coverage.anchor[number]], image.placement).tolist()),
            missed=bool(coverage.missed[number]),
        )
        for number in found[np.argsort(coverage.best[found], kind="stable")]
        for image, index in [of_object[number]]
    )
