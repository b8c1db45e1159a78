"""What a client is told when its request is refused: where, what is wrong, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import JSONResponse
from pydantic import BaseModel

__all__ = ["AS_BYTES", "CLOSE", "Failure", "Fault", "Refusal", "too_busy"]

CLOSE = {"Connection": "close"}
"""The header of a refusal after which the rest of a request is not read."""
AS_BYTES = (
    "send the bytes of one picture as the body (curl --data-binary @picture.jpg), or of several as a form "
    "(curl -F picture=@one.jpg -F picture=@two.jpg)"
)
"""How pictures are sent."""


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    place: str
    """The parameter, part of the body, or picture."""
    fault: str
    """What is wrong there, and what was given."""
    allowed: str = ""
    """What is allowed; empty where nothing can be said."""


class Failure(BaseModel):
    """The body of every answer that is not what was asked for."""

    error: str
    """All faults in words, as the Open Inference Protocol has them."""
    problems: list[Fault]


class Refusal(Exception):  # noqa: N818 -- a refusal is not an error of the service
    """A request that is refused.

    Args:
        status: of HTTP.
        faults: everything that is wrong.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, *faults: Fault, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, faults)
        self.status = status
        self.faults = faults
        self.headers = dict(headers or {})

    @property
    def answer(self) -> JSONResponse:
        """The answer that says so."""
        words = "\n".join(_in_words(each) for each in self.faults)
        failure = Failure(error=words, problems=list(self.faults))
        return JSONResponse(failure.model_dump(), self.status, self.headers)


def too_busy(place: str, fault: str) -> Refusal:
    """The refusal of a request for which there is no room at present."""
    return Refusal(503, Fault(place=place, fault=fault, allowed="try again in a second"), headers={"Retry-After": "1"})


def _in_words(fault: Fault) -> str:
    return f"{fault.place}: {fault.fault}" + (f"; {fault.allowed}" if fault.allowed else "")
