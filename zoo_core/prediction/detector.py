"""A detector that is ready to use: built from a configuration, or loaded from a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, repeat
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import convert, out_of_input
from zoo_core.boxes.placing import AnchorsBySize
from zoo_core.boxes.promises import check_encoder
from zoo_core.common.messages import in_short, listed
from zoo_core.config.detector import NmsSettings
from zoo_core.config.loading import ConfigSource, load_config, load_labels
from zoo_core.config.overrides import Overrides
from zoo_core.config.plan import plan
from zoo_core.data.pipeline.transforms import normalize, resized
from zoo_core.parts.components import DatasetSettings
from zoo_core.parts.geometry import BoxFormat, ImageSize, Placement
from zoo_core.parts.promises import broken_promise
from zoo_core.parts.questions import ask
from zoo_core.parts.resizing import placed
from zoo_core.prediction.engine import Engine
from zoo_core.prediction.postprocessing import Found, postprocess
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.prediction.sources import Source
from zoo_core.registry.registry import make

__all__ = ["Detector", "Source"]


class Detector(ImagePredictor):
    """Finds objects in images.

    Args:
        config: configuration of the detector, or anything that `load_config` takes.
        engine: what runs its network.

    It can be neither pickled nor copied: another process loads it from its run, with `zoo_core.load`.

    Attributes:
        config: configuration of the detector.
        engine: what runs the network.
        plan: its shapes.
        anchors_at: called with a size of the network's input, gives its anchors.
        anchors: those of `input_size`.
        encoder: reads boxes from offsets, and writes them.
        picture_size: the one size of pictures that it takes: None, for it takes any.
        path: the file in which it is: None, for it has been built or loaded.
        suppresses_itself: whether suppression is part of the network, and nothing can be set in it.
        thread_safe: whether several threads may use it at once; engines of Python are not made for that.

    Raises:
        PluginError: the anchor generator or the target encoder fails, or gives something else than it promises.
    """

    picture_size: ImageSize | None = None
    path: Path | None = None
    suppresses_itself = False
    thread_safe = False

    def __init__(self, config: ConfigSource, engine: Engine) -> None:
        self.config = load_config(config)
        self.engine = engine
        self.plan = plan(self.config)
        self.encoder = make(self.config.targets)
        self.anchors_at = AnchorsBySize(self.config)
        self.anchors = self.anchors_at(self.config.input_size)
        check_encoder(self.encoder, self.config.targets, self.anchors, self.plan.outputs.scores)
        self._least: ImageSize = ask(self.config.backbone, "smallest_input")

    def __repr__(self) -> str:
        parts = f"{self.config.backbone.name} + {self.config.anchors.name}, {len(self.anchors)} anchors"
        return f"<Detector: {parts}, input {self.config.input_size}, {in_short(self.class_names)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a detector cannot be pickled or copied: it is bound to the engine of this process. "
            "Load it from its run in each process: zoo_core.load(folder)"
        )

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self.config.classes

    @property
    def input_size(self) -> ImageSize:
        """The size in which the network sees pictures, where they do not decide about it."""
        return self.config.input_size

    @property
    def nms(self) -> NmsSettings:
        """Which boxes are kept."""
        return self.config.nms

    @property
    def runs_on(self) -> str:
        """What computes, and where, in words: ``PyTorch on cpu``."""
        return self.engine.runs_on

    def data(self, overrides: Overrides | None = None) -> DatasetSettings | None:
        """The data set on which it is trained, None where it has none.

        Args:
            overrides: settings of the data set to be replaced, as ``data.root``.

        Raises:
            ConfigError: the settings do not fit.
        """
        return load_labels(self.config, overrides).data if overrides else self.config.data

    def find_each(self, images: Sequence[NDArray[np.uint8]], rules: Sequence[NmsSettings]) -> Iterator[Found]:
        """As `find`, with a rule for each image and boxes that may reach beyond its edges."""
        return self.find(images, rules, clip=False)

    def find(
        self, images: Sequence[NDArray[np.uint8]], nms: Sequence[NmsSettings] | None = None, *, clip: bool = True
    ) -> Iterator[Found]:
        """The objects in each of some images; neighbours of one size in the network go through it together.

        Args:
            images: (H, W, 3) uint8 RGB each.
            nms: which boxes are kept of each of them; for all as the configuration says when None.
            clip: whether boxes end at the edges of their image.
        """
        rules = iter(nms or repeat(self.config.nms))
        for size, alike in groupby(images, key=lambda image: self.placement(ImageSize(*image.shape[:2])).input):
            group = list(alike)
            probabilities, offsets = self.engine(np.stack([self.network_input(image) for image in group]))
            self._check_count(probabilities.shape[1], size)
            for image, of_classes, of_boxes in zip(group, probabilities, offsets, strict=True):
                yield self.read(of_classes, of_boxes, ImageSize(*image.shape[:2]), next(rules), clip=clip)

    def placement(self, picture: ImageSize) -> Placement:
        """The size of the network's input for a picture of some size, and where the picture lies in it."""
        return placed(self.config.resize, picture, self.config.input_size, self._least)

    def network_input(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """An image (H, W, 3) uint8 RGB as the network takes it, (3, height, width)."""
        placement = self.placement(ImageSize(*image.shape[:2]))
        return normalize(resized(image, self.config.resize, placement), self.config.normalization)

    def read(
        self,
        probabilities: NDArray[np.float32],
        offsets: NDArray[np.float32],
        image: ImageSize,
        nms: NmsSettings | None = None,
        *,
        clip: bool = True,
    ) -> Found:
        """The objects that the network means in one image.

        Args:
            probabilities: (N, S), as the engine gives them.
            offsets: (N, 4).
            image: its size, in pixels of which the boxes are given.
            nms: which boxes are kept; as the configuration says when None.
            clip: whether boxes end at the edges of the image.
        """
        placement = self.placement(image)
        anchors = self.anchors_at(placement.input)
        found = postprocess(probabilities, offsets, anchors, self.encoder, nms or self.config.nms, self.plan.scoring)
        boxes = out_of_input(found.boxes, placement)
        boxes = np.clip(boxes, 0, 1) if clip else boxes
        return found._replace(boxes=convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, image))

    def _check_count(self, found: int, input_size: ImageSize) -> None:
        """Refuse what a network says at a size, where its maps are not those from which the anchors were made."""
        if found != (expected := len(self.anchors_at(input_size))):
            maps = listed(map(str, plan(self.config, input_size).feature_maps))
            promised = f"feature maps of {maps} at {input_size}, which make {expected} anchors,"
            raise broken_promise(self.config.backbone, promised, f"some that make {found}")
