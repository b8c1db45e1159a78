"""The whole check of a detector's anchors: what they reach, what they do not, and what would be better."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from zoo_core.boxes.placing import place
from zoo_core.boxes.promises import check_encoder
from zoo_core.boxes.protocols import Dataset, TargetEncoder
from zoo_core.common.arguments import CALLBACK, DATASET, WHOLE, checked, each_of, either, having
from zoo_core.config.loading import ConfigSource, load_config
from zoo_core.config.plan import Plan, plan
from zoo_core.data.opening import dataset as open_dataset
from zoo_core.evaluation.anchors.coverage import Coverage, cover
from zoo_core.evaluation.anchors.objects import ImageObjects, objects_of
from zoo_core.evaluation.anchors.proposing import better_anchors
from zoo_core.evaluation.anchors.report import SIZES, AnchorReport, Group, Proposal, unreached
from zoo_core.parts.components import AnchorSettings, ResizeSettings
from zoo_core.parts.geometry import BoxFormat
from zoo_core.parts.questions import ask
from zoo_core.parts.resizing import placed
from zoo_core.registry.registry import make

__all__ = ["check_anchors"]

_USUAL_THRESHOLD = 0.5
"""Where an encoder has none of its own."""


_WANTED = "a data set, as zoo_core.dataset opens one, or a list of samples"
_SAMPLES = either(DATASET, each_of(having("a sample", "image", "boxes", "labels"), _WANTED), _WANTED)


@checked(dataset=_SAMPLES, progress=CALLBACK, seed=WHOLE)
def check_anchors(
    config: ConfigSource,
    dataset: Dataset | None = None,
    progress: Callable[[int, int], None] | None = None,
    seed: int = 0,
) -> AnchorReport:
    """How the anchors of a detector meet the objects of a data set; imports no mxnet.

    The objects are taken as they are annotated, without augmentation.

    Args:
        config: the detector, or anything that `load_config` takes.
        dataset: the images; by default those on which the detector is trained.
        progress: called while images are read, with the number of those done and of all.
        seed: seed of the search for better sizes.

    Raises:
        ConfigError: the configuration is invalid, or no data set is named.
        DatasetError: the data set is missing, broken, or has no objects.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    settings = load_config(config)
    resize: ResizeSettings = ask(settings.resize, "in_training")
    placement_of = partial(placed, resize, input_size=settings.input_size)
    objects = objects_of(open_dataset(settings, "train") if dataset is None else dataset, progress, placement_of)
    shapes, encoder = plan(settings), make(settings.targets)
    check_encoder(encoder, settings.targets, place(settings.anchors, shapes), shapes.outputs.scores)
    own: float | None = ask(settings.targets, "threshold")
    threshold = _USUAL_THRESHOLD if own is None else own
    measure = partial(_measured, shapes, objects, encoder, threshold)
    present = measure(settings.anchors)
    labels = np.concatenate([image.labels for image in objects])
    areas = np.concatenate([image.areas for image in objects])
    corners = place(settings.anchors, shapes).to(BoxFormat.CORNER_UNIT).boxes
    return AnchorReport(
        plan=shapes,
        threshold=threshold,
        encoder_has_threshold=own is not None,
        images=len(objects),
        overall=_all("all", present),
        by_size=tuple(
            Group.of(name, present, (least <= areas) & (areas < most)) for name, (least, most) in SIZES.items()
        ),
        by_class=tuple(Group.of(name, present, labels == label) for label, name in enumerate(settings.classes)),
        positives=tuple(present.positives.tolist()),
        unreached=unreached(objects, present, corners, settings.classes),
        can_be_fitted=bool(ask(settings.anchors, "fitted", [[]] * len(shapes.feature_maps), shapes.input_size)),
        proposal=_proposal(settings.anchors, better_anchors(settings.anchors, shapes, objects, present, measure, seed)),
    )


def _measured(
    shapes: Plan, objects: list[ImageObjects], encoder: TargetEncoder, threshold: float, anchors: AnchorSettings
) -> Coverage:
    return cover(objects, place(anchors, shapes), encoder, threshold, shapes.anchors_per_map)


def _all(name: str, coverage: Coverage) -> Group:
    return Group.of(name, coverage, np.ones(len(coverage.best), dtype=np.bool_))


def _proposal(present: AnchorSettings, better: tuple[AnchorSettings, Coverage] | None) -> Proposal | None:
    if better is None:
        return None
    anchors, coverage = better
    before, after = (each.model_dump(mode="json") for each in (present, anchors))
    changed = {key: value for key, value in after.items() if value != before[key]}
    return Proposal(anchors, {"name": anchors.name, **changed}, _all("with the proposal", coverage))
