"""A file fetched over HTTP that goes on where it was cut off."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["DownloadError", "download"]

_PIECE = 1 << 20
_PATIENCE = 30
"""Seconds without a byte after which a server is given up."""


class DownloadError(Exception):
    """A file could not be fetched whole; says why."""


def download(address: str, file: Path, progress: Callable[[int, int | None], None] | None = None) -> None:
    """Fetch a file, or the rest of it when a part is there already.

    Args:
        address: http or https.
        file: where it goes; a part that an earlier call left here is continued.
        progress: called with the bytes that are there and the number of all, where the server says it.

    Raises:
        DownloadError: the server cannot be reached, refuses, or ends before all has come; what came is kept.
    """
    if not re.match(r"https?://", address):
        raise DownloadError(f"{address} is no address of a web server")
    have = file.stat().st_size if file.is_file() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310  # see above
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310  # see above
            _receive(answer, file, have, progress)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return  # all of it is here, and whether it is right is for the caller to check
        raise DownloadError(f"the server answers {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(f"{getattr(error, 'reason', None) or error or type(error).__name__}") from None


def _receive(answer: Any, file: Path, have: int, progress: Callable[[int, int | None], None] | None) -> None:
    continues = answer.status == http.HTTPStatus.PARTIAL_CONTENT and _begins_at(answer) == have
    if answer.status == http.HTTPStatus.PARTIAL_CONTENT and not continues:
        raise DownloadError(f"the server was asked for the rest from byte {have}, and sends another part")
    have = have if continues else 0
    length = answer.headers.get("Content-Length")
    whole = have + int(length) if length and length.isdigit() else None
    with file.open("ab" if continues else "wb") as part:
        while piece := answer.read(_PIECE):
            part.write(piece)
            have += len(piece)
            if progress:
                progress(have, whole)
    if whole is not None and have < whole:
        raise DownloadError(f"the server ended after {have} of {whole} bytes")


def _begins_at(answer: Any) -> int | None:
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else None
