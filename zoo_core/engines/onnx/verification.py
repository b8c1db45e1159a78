"""Proof that a file does what the detector does, part by part.

Each part of the file (pictures to pixels, network, probabilities, boxes) is held to the zoo's own, which is given
what that part was given. So no part excuses what those before it have rounded, and no two make up for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import BoxFormat
from zoo_core.common.errors import ExportError, RunError
from zoo_core.common.messages import counted, listed
from zoo_core.engines.onnx.assembling import CLASS_SCORES, INPUT, OFFSETS, PROBABILITIES
from zoo_core.engines.onnx.drawn import DrawnOutputs
from zoo_core.engines.onnx.judging import Answer, PostProcessing, judge
from zoo_core.engines.onnx.parting import after_network, probabilities_alone, with_inner_outputs
from zoo_core.engines.onnx.report import Parity
from zoo_core.engines.onnx.resizing import Taken
from zoo_core.engines.onnx.session import open_session, run_session
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.outputs import Scoring
from zoo_core.prediction.detector import Detector

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
_PROBABILITY = 1e-6
"""By how much a probability may differ."""
_DRAWN_SCORES = 10
"""Standard deviation of drawn class scores; networks that have learned say some 20 at most."""

_SIZES = (ImageSize(375, 500), ImageSize(1280, 720), ImageSize(61, 97), ImageSize(30_000, 9), ImageSize(9, 30_000))
_BATCH = 4

Floats = NDArray[np.float32]
Outputs = tuple[Floats, Floats]
"""Scores (B, N, S) before softmax or sigmoid, and offsets (B, N, 4)."""
Taker = Callable[[NDArray[np.uint8]], Taken]


def verify_pictures(
    detector: Detector, zoo: PostProcessing, model: Any, batches: Iterable[NDArray[np.uint8]], taken: Taker
) -> Parity:
    """Let a model and its detector look at the same pictures, and hold what flows through each part together.

    Args:
        detector: that was exported.
        zoo: what it makes of the outputs of its network.
        model: an `onnx.ModelProto` of `zoo_core.engines.onnx.assembling.assemble`.
        batches: pictures (B, H, W, 3).
        taken: gives a picture as the model takes it.

    Raises:
        ExportError: the model does something else; says where and how.
    """
    with _reporting("the file"):
        session = open_session(with_inner_outputs(model).SerializeToString())
        names = [each.name for each in session.get_outputs()]
        if lacking := [each for each in Answer._fields if each not in names and "anchors" not in names]:
            raise ExportError(f"lacks the output {listed(lacking)}")
        _check_drawn_scores(zoo, model)
    parity = Parity(detector.engine.library)
    for batch in batches:
        with _reporting(f"picture {parity.pictures + 1}"):
            images = np.stack([taken(each) for each in batch])
            values = dict(zip(names, run_session(session, names, {"images": images}), strict=True))
            _check_pixels(detector, batch, values[INPUT])
            parity += _compared(detector, zoo, values, ImageSize(*images.shape[1:3]))
    return parity


def verify_boxes(zoo: PostProcessing, model: Any, picture: ImageSize | None) -> int:
    """Let a model make boxes of what a network could say; how many were held to those of the zoo.

    Args:
        zoo: what should be made of the same.
        model: as for `verify_pictures`.
        picture: the size of all pictures that the model takes; None for pictures of every size.

    Raises:
        ExportError: the model makes other boxes; or too few were compared, or none of a class.
    """
    with _reporting("the part of the file after the network"):
        session = open_session(after_network(model).SerializeToString())
    kind = np.float32 if "float" in session.get_inputs()[0].type else np.uint8
    found = np.zeros(len(zoo.class_names), int)
    drawn = iter(DrawnOutputs(zoo))
    for size in cycle([picture] if picture else _SIZES):
        several = list(islice(drawn, _BATCH))
        if not several:
            break
        probabilities, offsets = (np.stack(each) for each in zip(*several, strict=True))
        given = {"images": np.zeros((len(several), *size, 3), kind), PROBABILITIES: probabilities, OFFSETS: offsets}
        with _reporting("random network outputs"):
            answers = run_session(session, list(Answer._fields), given)
            for labels in _judged(zoo, probabilities, offsets, size, answers):
                found += np.bincount(labels, minlength=len(found))
    if found.sum() < LEAST_DETECTIONS or not found.all():
        unseen = listed(name for name, count in zip(zoo.class_names, found, strict=True) if not count)
        raise ExportError(
            f"the exported file could not be verified and was not kept: {counted(int(found.sum()), 'detection')} of "
            f"at least {LEAST_DETECTIONS} could be compared; classes with none: {unseen}"
        )
    return int(found.sum())


def _compared(detector: Detector, zoo: PostProcessing, values: dict[str, Any], image: ImageSize) -> Parity:
    """Hold network, probabilities and boxes together for a batch of pictures of one size."""
    mine, said = detector.engine.outputs(values[INPUT]), (values[CLASS_SCORES], values[OFFSETS])
    _check_network(detector, values[INPUT], mine, said)
    probabilities = values[PROBABILITIES]
    _check_probabilities(zoo.scoring, said[0], probabilities)
    count = 0
    if "anchors" not in values:
        answers = [values[name] for name in Answer._fields]
        count = sum(map(len, _judged(zoo, probabilities, said[1], image, answers)))
    elif not np.array_equal(values["anchors"], zoo.anchors.to(BoxFormat.CENTER_UNIT).boxes):
        raise ExportError("its anchors are not those of the detector")
    boxes = (np.clip(zoo.encoder.decode(each, zoo.anchors), 0, 1) for each in (mine[1], said[1]))
    apart = _farthest(*boxes) * max(zoo.anchors.image)
    library = detector.engine.library
    return Parity(
        library, len(probabilities), count, _farthest(probabilities, _probabilities(zoo.scoring, mine[0])), apart
    )


def _judged(
    zoo: PostProcessing, probabilities: Floats, offsets: Floats, image: ImageSize, answers: list[Any]
) -> Iterator[NDArray[np.int64]]:
    """The labels of what is found in each picture, where the answers are right."""
    for of_classes, of_boxes, *answer in zip(probabilities, offsets, *answers, strict=True):
        yield judge(zoo, of_classes, of_boxes, image, Answer(*answer)).labels


def _farthest(first: Floats, second: Floats) -> float:
    return float(np.abs(first - second).max()) if first.shape == second.shape else np.inf


def _check_pixels(detector: Detector, batch: NDArray[np.uint8], given: Floats) -> None:
    wanted = np.stack([detector.network_input(each) for each in batch])
    unit = 255 * np.array(detector.config.normalization.std, np.float32).reshape(3, 1, 1)
    apart = (np.abs(wanted - given) * unit).max() if wanted.shape == given.shape else np.inf
    allowed = _PIXEL * max(200, *batch.shape[1:3])
    if not apart <= allowed:
        raise ExportError(
            f"the network's input differs by up to {apart:.3g} of 255, and {allowed:.2g} is allowed: pictures "
            "are resized or normalised differently"
        )


def _check_network(detector: Detector, pixels: Floats, mine: Outputs, said: Outputs) -> None:
    for index, name in enumerate(("class scores", "offsets")):
        if not np.isfinite(mine[index]).all():
            raise ExportError(f"{name} of the network itself are not finite; are its weights damaged?")
        apart = _apart(mine[index], said[index])
        if apart <= _NETWORK:
            continue
        # A network that has not learned may multiply rounding: how much is told by the network itself.
        rounded = _apart(mine[index], detector.engine.outputs(_rounded(pixels))[index])
        if rounded > _MOST_ROUNDING:
            raise ExportError(f"rounding alone moves its {name} by {rounded:.1%} of their range: none can be compared")
        if not apart <= _ROUNDING * rounded:
            raise ExportError(
                f"{name} of the network differ from those of {detector.engine.library} by up to {apart:.2g} of their "
                f"range, and {max(_NETWORK, _ROUNDING * rounded):.2g} is allowed"
            )


def _check_drawn_scores(zoo: PostProcessing, model: Any) -> None:
    """Hold the probabilities to scores beyond those of a network that has learned little."""
    session = open_session(probabilities_alone(model).SerializeToString())
    shape = (2, len(zoo.anchors), zoo.score_count)
    scores = np.random.default_rng(0).normal(0, _DRAWN_SCORES, shape).astype(np.float32)
    (probabilities,) = run_session(session, [PROBABILITIES], {CLASS_SCORES: scores})
    _check_probabilities(zoo.scoring, scores, probabilities)


def _check_probabilities(scoring: Scoring, scores: Floats, probabilities: Floats) -> None:
    if not _farthest(probabilities, _probabilities(scoring, scores)) <= _PROBABILITY:
        function = "softmax" if scoring is Scoring.SOFTMAX else "sigmoid"
        raise ExportError(f"its probabilities are not the {function} of its class scores")


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
    signs = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), pixels.shape)
    return pixels * (1 + signs * np.float32(2**-23))


def _probabilities(scoring: Scoring, scores: Floats) -> Floats:
    if scoring is not Scoring.SOFTMAX:
        return np.asarray(0.5 + 0.5 * np.tanh(0.5 * scores), np.float32)
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


@contextmanager
def _reporting(where: str) -> Iterator[None]:
    """Report a difference as the reason why there is no file."""
    try:
        yield
    except (ExportError, RunError) as error:
        raise ExportError(f"the exported file differs from the detector and was not kept. {where}: {error}") from None
