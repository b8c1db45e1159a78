"""Files of pictures that strangers send: their headers are judged before anything is decoded."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from anyio import CapacityLimiter, to_thread
from numpy.typing import NDArray

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import listed, one_line
from zoo_core.data.pipeline.images import Header, decoded, header_of
from zoo_core.serving.forms import Upload
from zoo_core.serving.limits import MEGA, Limits
from zoo_core.serving.memory import Claim
from zoo_core.serving.refusals import Fault, Refusal

__all__ = ["pictures_of"]

_KINDS = {"BMP": "BMP", "JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "TIFF": "TIFF", "WEBP": "WebP"}
"""What is decoded, of all that Pillow knows: some of its readers start other programs."""
_BYTES_OF_A_PIXEL = 3

Result = TypeVar("Result")


async def pictures_of(
    uploads: Sequence[Upload], limits: Limits, claim: Claim, threads: CapacityLimiter
) -> list[NDArray[np.uint8]]:
    """The pictures (H, W, 3) uint8 RGB in some files.

    Args:
        uploads: the files.
        limits: of the service.
        claim: the memory of the request, from which that of the pictures is taken before they are decoded.
        threads: in which they are decoded.

    Raises:
        Refusal: names every file that is not a picture, is damaged, or is too large.
    """
    headers = await _each(lambda upload: _header(upload, limits), uploads, threads)
    for header in headers:
        claim.add(header.size.width * header.size.height * _BYTES_OF_A_PIXEL)
    return await _each(lambda upload: decoded(upload.content, upload.name), uploads, threads)


async def _each(read: Callable[[Upload], Result], uploads: Sequence[Upload], threads: CapacityLimiter) -> list[Result]:
    """What is read of each file; all that cannot be read are refused together."""

    def tried(index: int) -> Result | Fault:
        try:
            return read(uploads[index])
        except DatasetError as error:
            name = uploads[index].name
            return Fault(place=_place(index, uploads), fault=str(error).removeprefix(f"{name}: "))

    results = await asyncio.gather(
        *(to_thread.run_sync(tried, index, limiter=threads) for index in range(len(uploads)))
    )
    faults = [each for each in results if isinstance(each, Fault)]
    if faults:
        raise Refusal(422, *faults)
    return [each for each in results if not isinstance(each, Fault)]


def _header(upload: Upload, limits: Limits) -> Header:
    if not upload.content:
        raise DatasetError("is empty (0 bytes)")
    header = header_of(io.BytesIO(upload.content), upload.name)
    if header.kind not in _KINDS:
        kinds = listed(sorted(set(_KINDS.values())))
        raise DatasetError(f"is a picture of the kind {header.kind or 'unknown'}; should be one of {kinds}")
    if header.size.width * header.size.height > limits.pixels:
        raise DatasetError(
            f"has {header.size.width}x{header.size.height} pixels; should have at most {limits.pixels / MEGA:g} million"
        )
    return header


def _place(index: int, uploads: Sequence[Upload]) -> str:
    name = one_line(uploads[index].name)
    return name if len(uploads) == 1 else f"pictures[{index}] ({name})"
