"""Proof that a file does what the detector does, part by part.

Each part of the file (pictures to pixels, network, softmax, boxes) is held to the zoo's own, which is given what that
part was given. So no part excuses what those before it have rounded, and no two make up for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import BoxFormat
from zoo_core.detector import Detector
from zoo_core.errors import ExportError, RunError, counted, listed
from zoo_core.geometry import ImageSize
from zoo_core.onnx.assembling import CLASS_SCORES, INPUT, OFFSETS, PROBABILITIES
from zoo_core.onnx.drawn import DrawnOutputs
from zoo_core.onnx.judging import Answer, judge
from zoo_core.onnx.parting import after_network, with_inner_outputs
from zoo_core.onnx.report import Parity
from zoo_core.onnx.runtime import open_session, run_session

__all__ = ["LEAST_DETECTIONS", "verify_boxes", "verify_pictures"]

LEAST_DETECTIONS = 100
"""So many must have been compared, and each class among them."""
_PIXEL = 5e-5
"""By how much a pixel may differ, of 255, for each pixel of the longer side: where to take it from is rounded."""
_NETWORK = 2e-5
"""By how much an output of the network may differ, as a share of its range over all anchors."""
_ROUNDING = 10
"""Or by so many times as much as when what it is given is rounded otherwise."""
_MOST_ROUNDING = 1e-2
"""As a share of its range: where rounding alone moves it farther, nothing can be said of the network."""
_SOFTMAX = 1e-6
"""By how much a probability may differ."""

_SIZES = (ImageSize(375, 500), ImageSize(1280, 720), ImageSize(61, 97))
_BATCH = 4

Floats = NDArray[np.float32]


def verify_pictures(detector: Detector, model: Any, batches: Iterable[NDArray[np.uint8]]) -> Parity:
    """Let a model and its detector look at the same pictures, and hold what flows through each part together.

    Args:
        detector: on MXNet.
        model: an `onnx.ModelProto` of `zoo_core.onnx.assembling.assemble`.
        batches: pictures (B, H, W, 3).

    Raises:
        ExportError: the model does something else; says where and how.
    """
    with _told("the file"):
        session = open_session(with_inner_outputs(model).SerializeToString())
    names = [each.name for each in session.get_outputs()]
    parity = Parity(0, 0, 0.0, 0.0)
    for batch in batches:
        with _told(f"picture {parity.pictures + 1}"):
            values = run_session(session, names, {"images": batch})
            parity += _look(detector, batch, dict(zip(names, values, strict=True)))
    return parity


def verify_boxes(detector: Detector, model: Any, picture: ImageSize | None) -> int:
    """Let a model make boxes of what a network could say; how many were held to those of the detector.

    Args:
        detector: whose decoding and settings hold.
        model: as for `verify_pictures`.
        picture: the size of all pictures; None for pictures of every size.

    Raises:
        ExportError: the model makes other boxes; or too few were compared, or none of a class.
    """
    with _told("the part of the file behind the network"):
        session = open_session(after_network(model).SerializeToString())
    found = np.zeros(len(detector.class_names), int)
    drawn = iter(DrawnOutputs(detector))
    for size in cycle([picture] if picture else _SIZES):
        several = list(islice(drawn, _BATCH))
        if not several:
            break
        probabilities, offsets = (np.stack(each) for each in zip(*several, strict=True))
        images = np.zeros((len(several), *size, 3), np.uint8)
        with _told("drawn outputs of a network"):
            given = {"images": images, PROBABILITIES: probabilities, OFFSETS: offsets}
            answers = run_session(session, list(Answer._fields), given)
            for each in _judged(detector, probabilities, offsets, size, answers):
                found += np.bincount(each, minlength=len(found))
    if found.sum() < LEAST_DETECTIONS or not found.all():
        unseen = listed(name for name, count in zip(detector.class_names, found, strict=True) if not count)
        raise ExportError(
            f"the exported file could not be verified, and was not kept: {counted(int(found.sum()), 'detection')} of "
            f"at least {LEAST_DETECTIONS} could be compared; classes without any: {unseen}"
        )
    return int(found.sum())


def _look(detector: Detector, batch: NDArray[np.uint8], values: dict[str, Any]) -> Parity:
    """Hold all parts together for some pictures."""
    _check_pixels(detector, batch, values[INPUT])
    mine = detector.engine.outputs(values[INPUT])
    said = values[CLASS_SCORES], values[OFFSETS]
    _check_network(detector, values[INPUT], mine, said)
    probabilities, wanted = _softmax(said[0]), _softmax(mine[0])
    if not np.abs(probabilities - values[PROBABILITIES]).max() <= _SOFTMAX:
        raise ExportError("its probabilities are not the softmax of its class scores")
    count = 0
    if "anchors" in values:
        _check_anchors(detector, values["anchors"])
    else:
        size = ImageSize(*batch.shape[1:3])
        answers = [values[name] for name in Answer._fields]
        labels = _judged(detector, values[PROBABILITIES], said[1], size, answers)
        count = sum(map(len, labels))
    boxes = [np.clip(detector.encoder.decode(each, detector.anchors), 0, 1) for each in (mine[1], said[1])]
    apart = np.abs(boxes[0] - boxes[1]).max() * max(detector.config.input_size)
    return Parity(len(batch), count, float(np.abs(values[PROBABILITIES] - wanted).max()), float(apart))


def _judged(
    detector: Detector, probabilities: Floats, offsets: Floats, size: ImageSize, answers: list[Any]
) -> Iterator[NDArray[np.int64]]:
    """The labels of what is found in each picture, where the answers are right."""
    for of_classes, of_boxes, *answer in zip(probabilities, offsets, *answers, strict=True):
        yield judge(detector, of_classes, of_boxes, size, Answer(*answer)).labels


def _check_pixels(detector: Detector, batch: NDArray[np.uint8], given: Floats) -> None:
    wanted = np.stack([detector.input_of(each) for each in batch])
    unit = 255 * np.array(detector.config.normalization.std, np.float32).reshape(3, 1, 1)
    apart = (np.abs(wanted - given) * unit).max() if wanted.shape == given.shape else np.inf
    allowed = _PIXEL * max(200, *batch.shape[1:3])
    if not apart <= allowed:
        raise ExportError(
            f"what the network is given differs by up to {apart:.3g} of 255, and {allowed:.2g} is allowed: pictures "
            "are resized or normalised in another way"
        )


def _check_network(detector: Detector, pixels: Floats, mine: tuple[Floats, Floats], said: tuple[Floats, Floats]) -> None:
    for index, name in enumerate(("class scores", "offsets")):
        if not np.isfinite(mine[index]).all():
            raise ExportError(f"{name} of the network itself are not finite numbers; were its weights damaged?")
        apart = _apart(mine[index], said[index])
        if apart <= _NETWORK:
            continue
        # A network that has not learned may multiply rounding: how much is told by the network itself.
        rounded = _apart(mine[index], detector.engine.outputs(_rounded(pixels))[index])
        if rounded > _MOST_ROUNDING:
            raise ExportError(f"rounding alone moves its {name} by {rounded:.1%} of their range: nothing can be compared")
        if not apart <= _ROUNDING * rounded:
            raise ExportError(
                f"{name} of the network differ from MXNet's by up to {apart:.2g} of their range, and "
                f"{max(_NETWORK, _ROUNDING * rounded):.2g} is allowed"
            )


def _apart(mine: Floats, other: Floats) -> float:
    """The largest difference of two outputs (B, N, K), as a share of the range of each of the K over all anchors."""
    if mine.shape != other.shape:
        return np.inf
    low, high = mine.min(axis=(0, 1)), mine.max(axis=(0, 1))
    # Where the range is small beside the numbers themselves, these round more coarsely than it.
    scale = np.maximum(high - low, 0.05 * np.maximum(np.abs(low), np.abs(high)))
    return float((np.abs(mine - other) / np.maximum(scale, np.finfo(np.float32).tiny)).max())


def _rounded(pixels: Floats) -> Floats:
    """The same numbers, each rounded up or down by one part in 2^23."""
    signs = np.random.default_rng(0).choice(np.float32([-1, 1]), pixels.shape)
    return pixels * (1 + signs * np.float32(2**-23))


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _check_anchors(detector: Detector, given: Floats) -> None:
    if not np.array_equal(given, detector.anchors.to(BoxFormat.CENTER_UNIT).boxes):
        raise ExportError("its anchors are not those of the detector")


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Have a difference told as the reason why there is no file."""
    try:
        yield
    except (ExportError, RunError) as error:
        raise ExportError(f"the exported file differs from the detector, and was not kept. {where}: {error}") from None
