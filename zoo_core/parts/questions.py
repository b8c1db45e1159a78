"""Asks the light half of a part, which may be a plugin's code, and checks its answer against the contract."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from zoo_core.common.errors import PluginError, ZooError
from zoo_core.common.messages import listed, shown
from zoo_core.parts.components import AnchorSettings, ComponentSettings, ResizeSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.guarding import Guarded, reason_of

__all__ = ["ask"]

_MOST_MAPS = 1000
"""Feature maps, or lists of anchors: more than any network has, and few enough to go through."""
_LONGEST = 2**31
"""No side, count of channels or of anchors reaches it."""


def ask(settings: ComponentSettings, question: str, *arguments: Any) -> Any:
    """The answer of a part: lists as tuples, everything of the types that the contract names.

    Raises:
        PluginError: it fails to answer, or its answer breaks the contract.
    """
    asked = f"{question}({listed(map(str, arguments), none='')})"
    whose = f"{settings.kind} {settings.name!r}"
    try:
        with Guarded():
            answer = getattr(settings, question)(*arguments)
    except ZooError as error:
        raise PluginError(f"{whose} fails when asked for {asked}: {reason_of(error)}") from error
    expected, checked = _CONTRACT[question]
    try:
        with Guarded(passing=(TypeError, ValueError)):
            return checked(answer)
    except (TypeError, ValueError, ZooError):
        raise PluginError(f"{whose} should answer {asked} with {expected}; it answered {shown(answer)}") from None


def _maps(answer: object) -> tuple[FeatureMap, ...]:
    maps = _sequence(answer)
    if not maps or not all(isinstance(each, FeatureMap) for each in maps):
        raise TypeError
    return tuple(FeatureMap(*map(_count, each)) for each in maps)


def _size(answer: object) -> ImageSize:
    if not isinstance(answer, ImageSize):
        raise TypeError
    return ImageSize(*map(_count, answer))


def _counts(answer: object) -> tuple[int, ...]:
    return tuple(_count(each) for each in _sequence(answer))


def _reason(answer: object) -> str | None:
    if answer is not None and not (isinstance(answer, str) and answer.strip()):
        raise TypeError
    return None if answer is None else str.__str__(answer)


def _names(answer: object) -> tuple[str, ...] | None:
    if answer is None:
        return None
    names = _sequence(answer, most=None)
    if not all(isinstance(each, str) for each in names):
        raise TypeError
    return names


def _overlap(answer: object) -> float | None:
    if answer is None:
        return None
    overlap = float(answer)  # type: ignore[arg-type]  # raises for what is not a number
    if not math.isfinite(overlap):
        raise ValueError
    return overlap


def _anchors(answer: object) -> tuple[AnchorSettings, ...]:
    guesses = _sequence(answer)
    if not all(isinstance(each, AnchorSettings) for each in guesses):
        raise TypeError
    return guesses


def _resize(answer: object) -> ResizeSettings:
    if not isinstance(answer, ResizeSettings):
        raise TypeError
    return answer


def _sizes(answer: object) -> tuple[ImageSize, ...]:
    return tuple(_size(each) for each in _sequence(answer))


def _sequence(answer: object, most: int | None = _MOST_MAPS) -> tuple[Any, ...]:
    # A generator is spent when it has been read once, and may have no end; a set has no order.
    if not isinstance(answer, Sequence) or isinstance(answer, str | bytes) or (most and len(answer) > most):
        raise TypeError
    return tuple(answer)


def _count(each: object) -> int:
    count = operator.index(each)  # type: ignore[arg-type]  # raises for what is not a whole number
    if not 1 <= count < _LONGEST:
        raise ValueError
    return count


_CONTRACT: dict[str, tuple[str, Callable[[object], Any]]] = {
    "feature_maps": ("a tuple of FeatureMap, whose numbers are at least 1", _maps),
    "smallest_input": ("an ImageSize, whose sides are at least 1", _size),
    "anchors_per_cell": ("a tuple of whole numbers of at least 1, one for each feature map", _counts),
    "class_names": ("a list of strings, or None", _names),
    "incompatibility": ("a text that says why not, or None", _reason),
    "threshold": ("a number, or None", _overlap),
    "in_training": ("ResizeSettings", _resize),
    "extremes": ("a tuple of ImageSize, whose sides are at least 1", _sizes),
    "fitted": ("a list of AnchorSettings", _anchors),
}
"""What each question is answered with, in words and as a check."""
