"""Whether a detector computes the same on two engines, or on two devices: shown with its own network and loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.encoding import encode_batch
from zoo_core.common.errors import RunError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.engines import has_mxnet
from zoo_core.config.optimizer import Adam, AdamW, Nag, Sgd
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.opening import described, is_exported, new_detector
from zoo_core.prediction.detector import Detector

__all__ = ["Comparison", "compare"]

Arrays = Mapping[str, NDArray[Any]]

_IMAGES, _OBJECTS = 2, 3
_RATES = (0.05, 0.02)
_OPTIMIZERS = (Sgd(), Nag(), Adam(), AdamW())
_PLAIN = {"training.precision": "float32", "training.parts": 1, "training.accumulate": 1, "training.optimizer": "sgd"}
"""However a run is trained, what is compared is a whole batch in float32, and each optimiser that both engines have."""
_LIMITS = {
    "outputs": 1e-4,
    "losses": 1e-4,
    "gradients in float64": 1e-7,
    **{f"{len(_RATES)} steps of {each.name}": 1e-4 for each in _OPTIMIZERS},
}
"""Largest relative difference of what is computed in float32, but for gradients: in float32 those of deep networks
with batch norms differ by some percent between any two libraries, because sums are in another order."""


@dataclass(frozen=True)
class Comparison:
    """How far two engines are apart in one thing.

    Attributes:
        of: the engine and device that is judged.
        against: those by which it is.
        what: outputs, losses, gradients, or the steps of an optimiser.
        difference: length of the difference, relative to that of what it is judged by.
        limit: the largest difference that still counts as equal.
    """

    of: str
    against: str
    what: str
    difference: float
    limit: float

    @property
    def equal(self) -> bool:
        """Whether the difference is within its limit; what is not a number is not."""
        return self.difference <= self.limit


@dataclass(frozen=True)
class _Measured:
    """What an engine computed.

    Attributes:
        on: the engine and its device.
        arrays: everything that is compared, by what it is and by name.
    """

    on: str
    arrays: Mapping[str, Arrays]


def compare(source: str | Path, device: str = "auto") -> Iterator[Comparison]:
    """Compare PyTorch on a device with PyTorch on the CPU, and that with MXNet where it is installed.

    Args:
        source: as `zoo_core.load` takes it: a run folder, for one.
        device: as the setting ``device``.

    Raises:
        RunError, ConfigError, MissingPackageError: as `zoo_core.load`.
    """
    if is_exported(source):
        raise RunError(f"{source}: is an exported file, which neither PyTorch nor MXNet runs; pass the run")
    config, weights = described(source, _PLAIN, None)
    there = _measured(config, weights, "torch", device)
    here = _measured(config, weights, "torch", "cpu")
    yield from _compared(there, here)
    if has_mxnet():
        yield from _compared(here, _measured(config, weights, "mxnet", "cpu"))


def _compared(ours: _Measured, theirs: _Measured) -> Iterator[Comparison]:
    for what, limit in _LIMITS.items():
        if not ours.arrays[what] or not theirs.arrays[what]:
            continue  # one of them cannot compute it
        yield Comparison(ours.on, theirs.on, what, _difference(ours.arrays[what], theirs.arrays[what]), limit)


def _difference(ours: Arrays, theirs: Arrays) -> float:
    squares = sum(float(np.square(np.subtract(ours[name], theirs[name], dtype=np.float64)).sum()) for name in theirs)
    whole = sum(float(np.square(each, dtype=np.float64).sum()) for each in theirs.values())
    return float(np.sqrt(squares / whole)) if whole else float(np.sqrt(squares))


def _measured(config: DetectorConfig, weights: Path, engine: str, device: str) -> _Measured:
    chosen = config.model_copy(update={"engine": engine, "device": device})
    detector = new_detector(chosen, weights)
    batch = _batch(detector)
    scores, numbers = detector.engine.outputs(batch.images)
    found: dict[str, Arrays] = {"outputs": {"scores": scores, "numbers": numbers}}
    learner = detector.engine.learner(chosen, _IMAGES)
    found["losses"] = {"both": np.asarray(learner.forward_backward(batch))}
    learner.wait()
    library = _library(engine)
    for optimizer in _OPTIMIZERS:
        detector.engine.load(weights)
        settings = chosen.training.model_copy(update={"optimizer": optimizer})
        rng = np.random.default_rng(1)
        after = library.optimized(detector.engine, settings, lambda shapes, rng=rng: _drawn(shapes, rng), _RATES)
        found[f"{len(_RATES)} steps of {optimizer.name}"] = after
    detector.engine.load(weights)
    pulls = [np.cos(np.arange(each.size, dtype=np.float64)).reshape(each.shape) for each in (scores, numbers)]
    found["gradients in float64"] = library.gradients(detector.engine, batch.images, pulls)
    return _Measured(detector.engine.runs_on, found)


def _library(engine: str) -> ModuleType:
    if engine == "mxnet":
        from zoo_core.engines.gluon import parity
    else:
        from zoo_core.engines.torch import parity  # type: ignore[no-redef]
    return parity


def _drawn(shapes: Mapping[str, tuple[int, ...]], rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    return {name: rng.normal(size=shapes[name]).astype(np.float32) for name in sorted(shapes)}


def _batch(detector: Detector) -> Batch:
    """Drawn images, and the targets of drawn objects."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=(_IMAGES, 3, *detector.config.input_size)).astype(np.float32)
    starts = rng.uniform(0, 0.5, (_IMAGES, _OBJECTS, 2))
    boxes = np.concatenate([starts, starts + rng.uniform(0.1, 0.5, starts.shape)], -1).astype(np.float32)
    labels = rng.integers(0, len(detector.class_names), (_IMAGES, _OBJECTS))
    targets = encode_batch(
        detector.encoder, detector.anchors, list(boxes), list(labels), detector.config.soft_class_count
    )
    if detector.config.training.mixup:
        targets = replace(targets, weights=np.ones(targets.classes.shape, np.float32))
    return Batch(images, targets, ())
