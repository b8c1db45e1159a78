"""The pictures in the body of a request: one as it is, or several as a form has them; never a path or an address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from typing import TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from zoo_core.common.messages import shown
from zoo_core.serving.forms import Form, Upload
from zoo_core.serving.limits import Limits
from zoo_core.serving.memory import Claim
from zoo_core.serving.refusals import AS_BYTES, CLOSE, Fault, Refusal

__all__ = ["body_of", "uploads_of"]

_JSON = "application/json"


Result = TypeVar("Result")


async def uploads_of(request: Request, limits: Limits, claim: Claim) -> list[Upload]:
    """The files of the pictures that a request brings.

    Raises:
        Refusal: it brings none, too much or something else, or is not sent in time.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _JSON or kind.startswith("text/"):
        fault = f"is {shown(kind)}; neither paths nor addresses are read for a client"
        raise Refusal(415, Fault(place="body", fault=fault, allowed=AS_BYTES), headers=CLOSE)
    if kind.startswith("multipart/"):
        form = Form(request.headers["content-type"], limits)
        await _in_time(_fill(form, _chunks(request, limits, claim)), limits)
        return form.uploads()
    content = await body_of(request, limits, claim)
    if not content:
        raise Refusal(422, Fault(place="body", fault="is empty", allowed=AS_BYTES))
    return [Upload("picture", content)]


async def _fill(form: Form, chunks: AsyncGenerator[bytes, None]) -> None:
    async for chunk in chunks:
        form.write(chunk)


async def body_of(request: Request, limits: Limits, claim: Claim) -> bytes:
    """The whole body of a request.

    Raises:
        Refusal: it is too large, compressed, or not sent in time.
    """

    async def joined() -> bytes:
        return b"".join([chunk async for chunk in _chunks(request, limits, claim)])

    return await _in_time(joined(), limits)


async def _in_time(reading: Awaitable[Result], limits: Limits) -> Result:
    try:
        async with asyncio.timeout(limits.timeout):
            return await reading
    except TimeoutError:
        fault = Fault(place="body", fault=f"was not sent within {limits.timeout:g} seconds")
        raise Refusal(408, fault, headers=CLOSE) from None
    except ClientDisconnect:  # nobody reads the answer
        raise Refusal(400, Fault(place="body", fault="ends before its end"), headers=CLOSE) from None


async def _chunks(request: Request, limits: Limits, claim: Claim) -> AsyncGenerator[bytes, None]:
    """The body piece by piece, held in the memory of the service from then on."""
    if (coded := request.headers.get("content-encoding", "identity").lower()) != "identity":
        fault = Fault(place="Content-Encoding", fault=f"should not be there; given {shown(coded)}")
        raise Refusal(415, fault, headers=CLOSE)
    promised = request.headers.get("content-length", "0")
    size = 0
    if promised.isdecimal() and int(promised[:20]) > limits.body:
        raise _too_large(limits)
    async for chunk in request.stream():
        size += len(chunk)
        if size > limits.body:
            raise _too_large(limits)
        claim.add(len(chunk))
        yield chunk


def _too_large(limits: Limits) -> Refusal:
    fault = Fault(place="body", fault="is too large", allowed=f"at most {limits.body} bytes in a request")
    return Refusal(413, fault, headers=CLOSE)
