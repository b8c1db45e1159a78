"""The models of a service: opened once, each with its name and its thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import ArgumentError
from zoo_core.common.files import exists, is_folder
from zoo_core.config.detector import NmsSettings
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.engines.opening import load
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.views import find_in_views
from zoo_core.serving.limits import Limits
from zoo_core.serving.refusals import Fault, Refusal
from zoo_core.serving.worker import Look, Watch, Worker

__all__ = ["Model", "named", "open_model"]

_ENGINE = threading.Lock()
"""Held while an engine of Python runs: gluon is not made for several threads, not even with a network each."""

_FILES = (".onnx", ".params")


class Model:
    """A detector under a name.

    Args:
        name: by which clients call it.
        detector: what finds the objects.
        limits: of the service.
        watch: see `Worker`.
    """

    def __init__(
        self, name: str, detector: Detector | ExportedDetector, limits: Limits, watch: Watch = lambda *_: None
    ) -> None:
        self.name = name
        self.detector = detector
        self.nms = detector.nms
        self._batch = limits.batch
        self.worker = Worker(name, self._find, limits, watch)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self.detector.class_names

    @property
    def input_size(self) -> ImageSize:
        """The size in which the network sees pictures, where they do not decide about it."""
        described = self.detector.description if isinstance(self.detector, ExportedDetector) else self.detector.config
        return described.input_size

    @property
    def picture_size(self) -> ImageSize | None:
        """The one size of pictures that the model takes; None where it takes any."""
        return self.detector.picture_size if isinstance(self.detector, ExportedDetector) else None

    @property
    def suppresses_itself(self) -> bool:
        """Whether suppression is part of the network, as in an exported file, and no request can change it."""
        return isinstance(self.detector, ExportedDetector)

    def try_out(self) -> None:
        """Look at a black picture, so that what cannot run is known before anybody asks, and the first is not slow.

        Raises:
            ZooError: the model cannot run.
        """
        black = np.zeros((*(self.picture_size or self.input_size), 3), np.uint8)
        self._find([black], [Look(self.nms)])

    def check_ready(self) -> None:
        """Nothing, unless the model does not work.

        Raises:
            Refusal: its thread has not begun, or has ended.
        """
        if not self.worker.alive:
            raise Refusal(503, Fault(place=f"model {self.name!r}", fault="is not ready"))

    def public(self, message: str) -> str:
        """A message about the model for clients: without the path of its file."""
        if isinstance(self.detector, ExportedDetector):
            return message.replace(f"{self.detector.path}: ", "")
        return message

    def _find(self, pictures: Sequence[NDArray[np.uint8]], looks: Sequence[Look]) -> Sequence[Found]:
        nms, views = zip(*looks, strict=True)
        return [*find_in_views(self._find_in, pictures, views, nms, self._batch)]

    def _find_in(self, pictures: Sequence[NDArray[np.uint8]], nms: Sequence[NmsSettings]) -> Sequence[Found]:
        if isinstance(self.detector, ExportedDetector):
            # A file suppresses by itself; of what it finds no more are kept than asked for.
            found = zip(self.detector.find(pictures), nms, strict=True)
            return [
                Found(objects.boxes[: rule.keep], objects.scores[: rule.keep], objects.labels[: rule.keep])
                for objects, rule in found
            ]
        with _ENGINE:
            return [*self.detector.find(pictures, nms, clip=False)]


def named(given: Sequence[str]) -> dict[str, str]:
    """The run or file behind each name.

    Args:
        given: each a run or a file, which is called by its folder or its file without the ending, or ``NAME=MODEL``.

    Raises:
        ArgumentError: two have one name, or a name cannot stand in an address.
    """
    models: dict[str, str] = {}
    for text in given:
        name, model = _parted(text)
        if not name or "/" in name or not name.isprintable():
            raise ArgumentError(f"MODEL: {name!r} is not a name for an address; give one: NAME={model}")
        if name in models:
            raise ArgumentError(
                f"MODEL: {models[name]} and {model} would both be called {name!r}; give one another name: "
                f"{name}2={model}"
            )
        models[name] = model
    return models


def _parted(text: str) -> tuple[str, str]:
    name, given, model = text.partition("=")
    if given and name and model and not exists(Path(text)):
        return name, model
    path = Path(os.path.abspath(text)) if Path(text).name in ("", "..") else Path(text)  # noqa: PTH100 -- keeps links
    is_file = path.suffix.lower() in _FILES and not is_folder(path)
    return path.stem if is_file else path.name, text


def open_model(
    name: str, source: str, limits: Limits, watch: Watch, overrides: Sequence[str] = (), **how: Any
) -> Model:
    """The model of a run or a file, tried out.

    Args:
        name: under which it is served.
        source: what `load` takes.
        limits: limits of the service.
        watch: see `Worker`.
        overrides: settings, as ``key=value``.
        how: engine, device, precision and threads, as `load` takes them.

    Raises:
        ZooError: it cannot be opened, or cannot run; see `load`.
    """
    model = Model(name, load(source, [*overrides] or None, **how), limits, watch)
    model.try_out()
    return model
