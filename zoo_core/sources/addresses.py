"""Pictures and videos from web servers; fetched because somebody named them, and never otherwise."""

from __future__ import annotations

import http.client
import re
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo_core.errors import DatasetError

__all__ = ["fetched", "is_address", "name_in"]

MOST_BYTES = 1 << 29
"""What is longer is not fetched: 512 MB."""

_PATIENCE = 30
"""Seconds without a byte after which a server is given up."""
_PIECE = 1 << 20


def is_address(name: str) -> bool:
    """Whether a name is an address of the web."""
    return re.match(r"https?://", name, re.IGNORECASE) is not None


def name_in(address: str) -> str:
    """The name of the file at an address, safe for a folder of one's own."""
    parts = urllib.parse.urlsplit(address)
    last = urllib.parse.unquote(parts.path).rstrip("/").rpartition("/")[2]
    return re.sub(r"[^\w.() -]", "_", last).strip(". ") or parts.hostname or "picture"


@contextmanager
def fetched(address: str) -> Iterator[Path]:
    """What is at an address, in a file that is gone afterwards.

    Args:
        address: http or https.

    Raises:
        DatasetError: the server cannot be reached, refuses, sends too much, or ends too early; names the address.
    """
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        file = Path(folder) / f"fetched{Path(name_in(address)).suffix}"
        try:
            with urllib.request.build_opener(_StaysOnTheWeb).open(address, timeout=_PATIENCE) as answer:
                _receive(answer, file)
        except urllib.error.HTTPError as error:
            raise DatasetError(f"{address}: the server answers {error.code} {error.reason}") from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = getattr(error, "reason", None) or error or type(error).__name__
            raise DatasetError(f"{address}: cannot be fetched: {why}") from None
        yield file


class _StaysOnTheWeb(urllib.request.HTTPRedirectHandler):
    """A server may send on to another address, but not to a file of this machine or to ftp."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not is_address(newurl):
            raise urllib.error.URLError(f"the server sends on to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _receive(answer: Any, file: Path) -> None:
    length = answer.headers.get("Content-Length", "")
    expected = int(length) if length.isdigit() else None
    _check_length(expected or 0)
    have = 0
    with file.open("wb") as content:
        while piece := answer.read(_PIECE):
            have += len(piece)
            _check_length(have)
            content.write(piece)
    if expected is not None and have < expected:
        raise ValueError(f"the server ended after {have} of {expected} bytes")


def _check_length(count: int) -> None:
    if count > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES >> 20} MB")
