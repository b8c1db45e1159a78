"""The form of an answer: JSON as ``zoo predict --json`` prints it, or the picture with what was found drawn on it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from fastapi.responses import Response
from numpy.typing import NDArray
from pydantic import BaseModel

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import shown
from zoo_core.data.pipeline.image_writing import encode_image
from zoo_core.prediction.detections import Detections
from zoo_core.serving.refusals import Fault, Refusal

__all__ = ["FoundObject", "PictureResult", "answer_kind", "drawn", "lines"]

JSON, LINES, PNG, JPEG = "application/json", "application/x-ndjson", "image/png", "image/jpeg"
_KINDS = (JSON, LINES, PNG, JPEG)
"""What can be answered, the first where a client takes anything."""


class FoundObject(BaseModel):
    """An object in a picture."""

    box: tuple[float, float, float, float]
    """Corners x1, y1, x2, y2 in pixels of the picture."""
    score: float
    label: int
    """Index of the class."""
    name: str
    """Name of the class."""


class PictureResult(BaseModel):
    """What was found in a picture, as a line of ``zoo predict --json``."""

    source: str
    """The name that the client gave to the file."""
    width: int
    height: int
    objects: list[FoundObject]
    """Highest score first."""


def answer_kind(accept: str) -> str:
    """Which of the kinds that can be answered a client likes best.

    Args:
        accept: its header ``Accept``, all lines of it joined by commas; empty for anything.

    Raises:
        Refusal: it takes none of them.
    """
    liked = [_range(each) for each in accept.split(",") if each.strip()] or [("*/*", 1.0)]
    scores = {kind: _quality(kind, liked) for kind in _KINDS}
    best = max(_KINDS, key=lambda kind: scores[kind])
    if not scores[best]:
        fault = Fault(
            place="Accept",
            fault=f"asks for {shown(accept)}, which is not answered",
            allowed=f"one of {', '.join(_KINDS)}",
        )
        raise Refusal(406, fault)
    return best


def _range(text: str) -> tuple[str, float]:
    """A media range and its weight; RFC 9110, section 12.5.1."""
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    weights = [value for name, _, value in (each.partition("=") for each in parameters) if name.strip() == "q"]
    try:
        weight = float(weights[0]) if weights else 1.0
    except ValueError:
        return kind, 0.0
    return kind, weight if 0 <= weight <= 1 else 0.0


def _quality(kind: str, liked: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that holds a kind."""
    for pattern in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        for name, weight in liked:
            if name == pattern:
                return weight
    return 0.0


def lines(found: Sequence[Detections]) -> list[dict[str, object]]:
    """What was found in each picture, as plain values."""
    return [each.to_dict() for each in found]


def drawn(found: Detections, picture: NDArray[np.uint8], kind: str) -> Response:
    """The picture as ``zoo predict`` draws it, with a legend where captions find no room.

    Raises:
        Refusal: the kind has no such large pictures.
    """
    file = io.BytesIO()
    try:
        encode_image(found.plot(picture, legend=True), file, kind.partition("/")[2].upper(), "picture")
    except DatasetError as error:
        raise Refusal(406, Fault(place="Accept", fault=str(error).removeprefix("picture: "))) from None
    return Response(file.getvalue(), media_type=kind)
