"""Exported detectors on ONNX Runtime: no engine, no plugin and, for arrays, no image library."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.arguments import PATH, checked
from zoo_core.common.errors import ConfigError, RunError
from zoo_core.common.files import as_path
from zoo_core.common.messages import in_short
from zoo_core.common.optional_packages import missing
from zoo_core.common.reading import reading
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import Overrides, load_config, load_labels
from zoo_core.engines.onnx.metadata import Description
from zoo_core.engines.onnx.resizing import Taken, as_taken, find_resized
from zoo_core.engines.onnx.signature import OUTPUTS, check_signature, check_values
from zoo_core.parts.components import DatasetSettings
from zoo_core.parts.geometry import ImageSize, Placement
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["ExportedDetector", "open_session", "run_session"]


class ExportedDetector(ImagePredictor):
    """A detector in a file that `zoo export` wrote; pickled and copied by its path, from which it is read again.

    Args:
        path: path of the file.

    Attributes:
        path: path of the file.
        description: what the file says of itself.
        picture_size: the one size of pictures that the file takes; None where it takes any.

    Raises:
        RunError: the file does not exist, is damaged, or is not a detector's.
        MissingPackageError: onnxruntime is not installed.
    """

    @checked(path=PATH)
    def __init__(self, path: str | Path) -> None:
        self.path = path = as_path(path)
        self._session = open_session(path)
        self.description = Description.from_metadata(_metadata(self._session, path), path)
        if self.description.outputs != "boxes":
            raise RunError(
                f"{path}: was exported with --raw: it gives the raw outputs for every anchor instead of boxes; "
                "export it again without --raw, or run it with onnxruntime itself"
            )
        check_signature(self._session, path)
        sides = self._session.get_inputs()[0].shape[1:3]
        self.picture_size = ImageSize(*sides) if all(isinstance(side, int) for side in sides) else None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path,)

    def __repr__(self) -> str:
        return f"<ExportedDetector {self.path}: input {self.description.input_size}, {in_short(self.class_names)}>"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self.description.classes

    @property
    def config(self) -> DetectorConfig:
        """The configuration of the detector, for which its plugins must be installed; finding objects needs none.

        Raises:
            ConfigError: a part of it is not installed here, or it is damaged; names the file.
        """
        try:
            return load_config(self.description.configuration)
        except ConfigError as error:
            raise ConfigError(str(self.path), error.problems) from None

    def data(self, overrides: Overrides | None = None) -> DatasetSettings | None:
        """The data set on which the detector was trained, None where it had none; needs none of its plugins.

        Args:
            overrides: settings of the data set to be replaced, as ``data.root``.

        Raises:
            ConfigError: its reader is not installed here, or the settings do not fit; names the file.
        """
        try:
            return load_labels(self.description.configuration, overrides).data
        except ConfigError as error:
            raise ConfigError(str(self.path), error.problems) from None

    def find(self, images: Sequence[NDArray[np.uint8]]) -> Iterator[Found]:
        """The objects in each of some images; neighbours of one size go through the network together.

        Raises:
            RunError: an image has not the size for which the file was made, or the file gives no detections.
            MissingPackageError: they are to be resized, and the image libraries are not installed.
        """
        if self.description.resized:
            return find_resized(self._find, images, self.description.resize, self._placement)
        return self._find(images)

    def as_taken(self, image: NDArray[np.uint8]) -> Taken:
        """An image (H, W, 3) uint8 RGB of any size as the file itself takes it.

        Raises:
            RunError, MissingPackageError: as `find`.
        """
        if not self.description.resized:
            return image
        return as_taken(image, self.description.resize, self._placement(ImageSize(*image.shape[:2])))

    def _find(self, images: Sequence[Taken]) -> Iterator[Found]:
        for shape, alike in groupby(images, key=lambda image: image.shape[:2]):
            if self.picture_size not in (None, shape):
                raise RunError(
                    f"{self.path}: was exported for pictures of {self.picture_size} only, "
                    f"but one has {ImageSize(*shape)}"
                )
            batch = np.stack([*alike])
            outputs = run_session(self._session, OUTPUTS, {"images": batch}, str(self.path))
            check_values(outputs, len(batch), len(self.class_names), self.path)
            for boxes, scores, labels, count in zip(*outputs, strict=True):
                yield Found(boxes[:count], scores[:count], labels[:count])

    def _placement(self, picture: ImageSize) -> Placement:
        placement = self.description.placement(picture)
        if placement.input != self.description.input_size:
            raise RunError(
                f"{self.path}: was exported for pictures that become {self.description.input_size} by resizing, but "
                f"one of {picture} becomes {placement.input}"
            )
        return placement


def open_session(model: Path | bytes, change: Callable[[Any], None] | None = None) -> Any:
    """An `onnxruntime.InferenceSession` on all cores of this process.

    Args:
        model: a file, or what would stand in it.
        change: called with the `onnxruntime.SessionOptions`.

    Raises:
        RunError: no such file, or it cannot be run.
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
    options.log_severity_level = 4  # what it warns of is its own optimisation, and errors are raised
    if change:
        change(options)
    try:
        return onnxruntime.InferenceSession(
            str(model) if isinstance(model, Path) else model, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # noqa: BLE001  # ONNX Runtime has a dozen kinds, which it does not name
        name = model if isinstance(model, Path) else "the model"
        raise RunError(f"{name}: ONNX Runtime cannot read this file: {_first_line(error)}") from None


def run_session(
    session: Any, outputs: list[str] | None, inputs: dict[str, NDArray[Any]], name: str = "the model"
) -> list[Any]:
    """The outputs of these names; all of them when None.

    Raises:
        RunError: ONNX Runtime cannot run the model; `name` is what the message calls it.
    """
    try:
        values: list[Any] = session.run(outputs, inputs)
    except Exception as error:  # noqa: BLE001  # as above
        raise RunError(f"{name}: ONNX Runtime cannot run this file: {_first_line(error)}") from None
    return values


def _metadata(session: Any, path: Path) -> dict[str, str]:
    try:
        metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError:
        raise RunError(f"{path}: its metadata is not UTF-8 text") from None
    return metadata


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
