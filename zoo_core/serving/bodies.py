"""The pictures in the body of a request: one as it is, or several as a form has them; never a path or an address."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable
from typing import NamedTuple, TypeVar

from fastapi import Request
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from zoo_core.common.messages import shown
from zoo_core.serving.limits import Limits
from zoo_core.serving.memory import Claim
from zoo_core.serving.refusals import Fault, Refusal

__all__ = ["Upload", "body_of", "uploads_of"]

_FORM, _JSON = "multipart/form-data", "application/json"
_CLOSE = {"Connection": "close"}
"""What is left of the request is not read."""
_AS_BYTES = (
    "send the bytes of one picture as the body (curl --data-binary @picture.jpg), or of several as a form "
    "(curl -F picture=@one.jpg -F picture=@two.jpg)"
)


Result = TypeVar("Result")


class Upload(NamedTuple):
    """The file of a picture: what a client calls it, and what is in it."""

    name: str
    content: bytes


async def uploads_of(request: Request, limits: Limits, claim: Claim) -> list[Upload]:
    """The files of the pictures that a request brings.

    Raises:
        Refusal: it brings none, too much or something else, or is not sent in time.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _JSON or kind.startswith("text/"):
        fault = f"is {shown(kind)}; neither paths nor addresses are read for a client"
        raise Refusal(415, Fault(place="body", fault=fault, allowed=_AS_BYTES), headers=_CLOSE)
    if kind.startswith("multipart/"):
        return await _in_time(_of_form(request, limits, claim), limits)
    content = await body_of(request, limits, claim)
    if not content:
        raise Refusal(422, Fault(place="body", fault="is empty", allowed=_AS_BYTES))
    return [Upload("picture", content)]


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
        raise Refusal(408, fault, headers=_CLOSE) from None
    except ClientDisconnect:  # nobody reads the answer
        raise Refusal(400, Fault(place="body", fault="ends before its end"), headers=_CLOSE) from None


async def _chunks(request: Request, limits: Limits, claim: Claim) -> AsyncGenerator[bytes, None]:
    """The body piece by piece, held in the memory of the service from then on."""
    if (coded := request.headers.get("content-encoding", "identity").lower()) != "identity":
        fault = Fault(place="Content-Encoding", fault=f"should not be there; given {shown(coded)}")
        raise Refusal(415, fault, headers=_CLOSE)
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
    return Refusal(413, fault, headers=_CLOSE)


class _Form(MultiPartParser):
    """A form whose files stay in memory, where they are counted, and that knows whether it came to its end."""

    spool_max_size = sys.maxsize

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None], most: int) -> None:
        super().__init__(headers, stream, max_files=most, max_fields=most)
        self.ended = False

    def on_end(self) -> None:
        self.ended = True


async def _of_form(request: Request, limits: Limits, claim: Claim) -> list[Upload]:
    form = _Form(request.headers, _chunks(request, limits, claim), limits.pictures)
    try:
        fields = (await form.parse()).multi_items()
    except MultiPartException as error:
        raise Refusal(422, Fault(place="body", fault=_in_our_words(error, limits)), headers=_CLOSE) from None
    if not form.ended:
        raise Refusal(422, Fault(place="body", fault="is a form that ends before its last boundary"))
    texts = [name for name, value in fields if not isinstance(value, UploadFile)]
    if texts:
        allowed = "parameters are part of the address: ?score=0.3"
        raise Refusal(422, *(Fault(place=f"form, {name}", fault="is not a file", allowed=allowed) for name in texts))
    if not fields:
        raise Refusal(422, Fault(place="body", fault="is a form without a file", allowed=_AS_BYTES))
    return [Upload(file.filename or name, await file.read()) for name, file in fields if isinstance(file, UploadFile)]


def _in_our_words(error: MultiPartException, limits: Limits) -> str:
    if error.message.startswith("Too many"):
        return f"has too many parts; at most {limits.pictures} pictures in a request"
    return f"is not a whole form: {error.message}"
