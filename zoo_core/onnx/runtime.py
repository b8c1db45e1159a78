"""Exported detectors on ONNX Runtime: no engine, no plugin and, for arrays, no image library."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.config import DetectorConfig
from zoo_core.config_files import load_config
from zoo_core.errors import RunError
from zoo_core.extras import missing
from zoo_core.files import reading
from zoo_core.geometry import ImageSize
from zoo_core.onnx.metadata import Description
from zoo_core.postprocessing import Found
from zoo_core.predicting import ImagePredictor

__all__ = ["ExportedDetector", "open_session"]


class ExportedDetector(ImagePredictor):
    """A detector in a file that `zoo export` wrote; pickled and copied by its path, from which it is read again.

    Args:
        path: of the file.

    Attributes:
        path: of the file.
        description: what the file says of itself.

    Raises:
        RunError: there is no such file, it is damaged, or it is none of a detector's.
        MissingPackageError: onnxruntime is not installed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._session = open_session(path)
        self.description = Description.from_metadata(self._session.get_modelmeta().custom_metadata_map, path)
        if self.description.outputs != "boxes":
            raise RunError(
                f"{path}: was exported with --raw: it says what the network says of every anchor, and no boxes; "
                "export it again without --raw, or run it with onnxruntime itself"
            )
        sides = self._session.get_inputs()[0].shape[1:3]
        self._picture = ImageSize(*sides) if all(isinstance(side, int) for side in sides) else None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path,)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self.description.classes

    @property
    def config(self) -> DetectorConfig:
        """The configuration of the detector, for which its plugins must be installed; finding objects needs none.

        Raises:
            ConfigError: a part of it is not installed here.
        """
        return load_config(self.description.configuration)

    def find(self, images: Sequence[NDArray[np.uint8]]) -> Iterator[Found]:
        """The objects in each of some images; neighbours of one size go through the network together.

        Raises:
            RunError: an image has not the size for which the file was made.
        """
        for shape, alike in groupby(images, key=lambda image: image.shape[:2]):
            if self._picture not in (None, shape):
                raise RunError(
                    f"{self.path}: was exported for pictures of {self._picture} alone, and one has {ImageSize(*shape)}"
                )
            outputs = self._session.run(["boxes", "scores", "labels", "count"], {"images": np.stack([*alike])})
            for boxes, scores, labels, count in zip(*outputs, strict=True):
                yield Found(boxes[:count], scores[:count], labels[:count])


def open_session(model: Path | bytes, change: Callable[[Any], None] | None = None) -> Any:
    """An `onnxruntime.InferenceSession` on all cores of this process.

    Args:
        model: a file, or what would stand in it.
        change: called with the `onnxruntime.SessionOptions`.

    Raises:
        RunError: there is no such file, or it cannot be run.
        MissingPackageError: onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise missing(error) from error
    if isinstance(model, Path):
        with reading(model, RunError):  # so that what is wrong with the file is told, and no pipe is opened
            pass
    options = onnxruntime.SessionOptions()
    # A container may grant fewer cores than the machine has, which ONNX Runtime does not see.
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    options.log_severity_level = 3  # errors alone: what it warns of is its own optimisation
    if change:
        change(options)
    try:
        return onnxruntime.InferenceSession(
            str(model) if isinstance(model, Path) else model, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # noqa: BLE001  # ONNX Runtime has a dozen kinds, which it does not name
        name = model if isinstance(model, Path) else "the model"
        raise RunError(f"{name}: ONNX Runtime cannot read this file: {str(error).strip().splitlines()[0]}") from None
