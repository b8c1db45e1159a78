"""Exported detectors: no MXNet, no PyTorch, no plugin and, for arrays, no image library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.arguments import COUNT, PATH, checked
from zoo_core.common.errors import ConfigError, RunError
from zoo_core.common.files import as_path
from zoo_core.common.messages import in_short
from zoo_core.config.detector import DetectorConfig, NmsSettings
from zoo_core.config.labels import LabelledData
from zoo_core.config.loading import load_for_prediction, load_labels
from zoo_core.config.overrides import Overrides
from zoo_core.engines.onnx.execution import Execution
from zoo_core.engines.onnx.metadata import Description
from zoo_core.engines.onnx.resizing import Taken, as_taken, find_resized
from zoo_core.engines.onnx.runtimes.protocol import FileRuntime
from zoo_core.engines.onnx.signature import check_signature, check_values
from zoo_core.parts.components import DatasetSettings
from zoo_core.parts.geometry import ImageSize, Placement
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["ExportedDetector"]


class ExportedDetector(ImagePredictor):
    """A detector in a file that `zoo export` wrote; pickled and copied by its path, from which it is read again.

    Args:
        path: path of the file.
        engine: ``onnxruntime`` (the default) or ``openvino``.
        device: ``cpu`` (the default); ``cuda:N`` or ``gpu:N``, ``tensorrt:N``, ``coreml``, ``directml:N`` with ONNX
            Runtime; ``gpu:N``, ``npu`` with OpenVINO.
        precision: ``float32`` (the default), ``bfloat16`` or ``float16``, where engine and device compute in it.
        threads: how many compute on the processor; by default one on each core of this process.

    Attributes:
        path: path of the file.
        execution: how it is run.
        description: what the file says of itself.
        picture_size: the one size of pictures that the file takes; None where it takes any.
        suppresses_itself: whether suppression is part of the network, and nothing can be set in it.
        thread_safe: whether several threads may use it at once.

    Raises:
        RunError: the file does not exist, is damaged, or is not a detector's; or it cannot be run so here.
        MissingPackageError: the engine is not installed, or not the package for the device.
        ArgumentError: there is no such engine, device or precision, or not together.
    """

    suppresses_itself = True
    thread_safe = True

    @checked(path=PATH, threads=COUNT)
    def __init__(
        self,
        path: str | Path,
        *,
        engine: str | None = None,
        device: str | None = None,
        precision: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.path = path = as_path(path)
        self.execution = Execution.of(engine, device, precision, threads)
        self._file = _opened(path, self.execution)
        self.description = Description.from_metadata(self._file.metadata, path)
        if self.description.outputs != "boxes":
            raise RunError(
                f"{path}: was exported with --raw: it gives the raw outputs for every anchor instead of boxes; "
                "export it again without --raw, or run it with onnxruntime itself"
            )
        check_signature(self._file, path)
        height, width = self._file.inputs["images"].shape[1:3]
        self.picture_size = None if height is None or width is None else ImageSize(height, width)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.execution.settings), (self.path,)

    def __repr__(self) -> str:
        how = f"input {self.description.input_size}, {in_short(self.class_names)}, on {self.execution}"
        return f"<ExportedDetector {self.path}: {how}>"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self.description.classes

    @property
    def input_size(self) -> ImageSize:
        """The size in which the network sees pictures, where they do not decide about it."""
        return self.description.input_size

    @property
    def nms(self) -> NmsSettings:
        """Which boxes the file keeps of an image.

        Raises:
            RunError: the description in the file is damaged.
        """
        try:
            return NmsSettings.model_validate(self.description.configuration["nms"])
        except (KeyError, ValueError) as error:
            raise RunError(f"{self.path}: the settings `nms` in its metadata are missing or damaged: {error}") from None

    @property
    def runs_on(self) -> str:
        """What computes, where, and in which precision: ``onnxruntime, cpu, float32``."""
        return str(self.execution)

    @property
    def config(self) -> DetectorConfig:
        """The configuration of the detector, for which the plugins of its network must be installed.

        Finding objects needs none.

        Raises:
            ConfigError: a part of it is not installed here, or it is damaged; names the file.
        """
        try:
            return load_for_prediction(self.description.configuration)
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
            return load_labels(_labelled(self.description), overrides).data
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

    def find_each(self, images: Sequence[NDArray[np.uint8]], rules: Sequence[NmsSettings]) -> Iterator[Found]:
        """As `find`; of what is found in each image no more are kept than its rule says, for the rest is fixed."""
        for objects, rule in zip(self.find(images), rules, strict=True):
            kept = slice(rule.keep)
            yield Found(objects.boxes[kept], objects.scores[kept], objects.labels[kept])

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
            outputs = self._file.run(batch)
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


def _labelled(description: Description) -> dict[str, Any]:
    """What says the classes and the data set; other settings may be those of another version."""
    return {name: value for name, value in description.configuration.items() if name in LabelledData.model_fields}


def _opened(path: Path, execution: Execution) -> FileRuntime:
    if execution.engine == "openvino":
        from zoo_core.engines.onnx.runtimes.on_openvino import OpenVinoFile

        return OpenVinoFile(path, execution)
    from zoo_core.engines.onnx.runtimes.on_onnxruntime import OnnxRuntimeFile

    return OnnxRuntimeFile(path, execution)
