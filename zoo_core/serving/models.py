"""The models of a service: opened once, each with its name and its thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import ArgumentError
from zoo_core.common.files import exists, is_folder
from zoo_core.config.detector import NmsSettings
from zoo_core.engines.opening import load
from zoo_core.parts.components import DatasetSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.views import find_in_views
from zoo_core.serving.limits import Limits
from zoo_core.serving.refusals import Fault, Refusal
from zoo_core.serving.worker import Look, Watch, Worker

__all__ = ["Model", "Served", "named", "open_model"]

_ENGINE = threading.Lock()
"""Held while an engine of Python runs: gluon is not made for several threads, not even with a network each."""

_FILES = (".onnx", ".params")
_NO_NAMES = ("", ".", "..")
"""What is not a part of an address, or is taken out of it before anybody asks."""


class Served(Protocol):
    """What a service needs of a detector, be it of a run or in a file."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""

    @property
    def input_size(self) -> ImageSize:
        """The size in which the network sees pictures, where they do not decide about it."""

    @property
    def picture_size(self) -> ImageSize | None:
        """The one size of pictures that it takes; None where it takes any."""

    @property
    def nms(self) -> NmsSettings:
        """Which boxes are kept, where a request does not say it."""

    @property
    def path(self) -> Path | None:
        """The file in which it is, and which its messages name; None where it is in none."""

    @property
    def suppresses_itself(self) -> bool:
        """Whether suppression is part of the network, as in an exported file, and no request can change it."""

    @property
    def thread_safe(self) -> bool:
        """Whether several threads may use it at once, beside others of its kind."""

    def data(self) -> DatasetSettings | None:
        """The data set on which it was trained; None where it had none."""

    def find_each(self, images: Sequence[NDArray[np.uint8]], rules: Sequence[NmsSettings]) -> Iterator[Found]:
        """The objects in each image by a rule of its own, with boxes in pixels that may reach beyond its edges."""


class Model:
    """A detector under a name.

    Args:
        name: by which clients call it.
        detector: what finds the objects.
        limits: of the service.
        watch: see `Worker`.

    Attributes:
        class_names: see `Served`, as for those that follow.
        nms: which boxes are kept, where a request does not say it.
        input_size: in which the network sees pictures.
        picture_size: the only one that the model takes, or None.
        suppresses_itself: whether no request can change suppression.
    """

    def __init__(self, name: str, detector: Served, limits: Limits, watch: Watch = lambda *_: None) -> None:
        self.name = name
        self.detector = detector
        self.class_names, self.nms = detector.class_names, detector.nms
        self.input_size, self.picture_size = detector.input_size, detector.picture_size
        self.suppresses_itself = detector.suppresses_itself
        self._batch = limits.batch
        self.worker = Worker(name, self._find, limits, watch)

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
        return message.replace(f"{self.detector.path}: ", "")

    def _find(self, pictures: Sequence[NDArray[np.uint8]], looks: Sequence[Look]) -> Sequence[Found]:
        nms, views = zip(*looks, strict=True)
        with nullcontext() if self.detector.thread_safe else _ENGINE:
            return [*find_in_views(self.detector.find_each, pictures, views, nms, self._batch)]


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
        if name in _NO_NAMES or "/" in name or not name.isprintable():
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
