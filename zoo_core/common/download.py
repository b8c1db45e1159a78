"""Fetching a file over HTTP, within bounds of size and time; what a server does can make it fail, and never hang.

A server may send on to another address of the same host and port, or from http to https there. It is not
followed to another host or port: nobody named that, and it may be a machine that only this one can reach.
"""

from __future__ import annotations

import functools
import http.client
import io
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo_core.common.messages import one_line

__all__ = ["DownloadError", "EndlessError", "RefusedError", "download", "is_address", "is_endless"]

_PIECE = 1 << 20
_PATIENCE = 30.0
"""Seconds without a byte after which a server is given up."""
_LONGEST_REASON = 200
"""Characters of what a server says that a message shows."""
_PLAIN = "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~"
"""What stays as it is in the path of an address; blanks and letters beyond ASCII are written as %XX."""

Progress = Callable[[int, int | None], None]


class DownloadError(Exception):
    """A file could not be fetched whole; says why."""


class RefusedError(DownloadError):
    """The server answered that it does not give the file; says how.

    Args:
        message: the same in words.
        status: of HTTP.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class EndlessError(DownloadError):
    """What the server sends has no end: the pictures of a camera, one after the other."""


def is_address(name: str) -> bool:
    """Whether a name is an address of the web."""
    return re.match(r"https?://", name, re.IGNORECASE) is not None


def download(address: str, file: Path, *, most: int, seconds: float, progress: Progress | None = None) -> None:
    """Fetch a file, or the rest of it when a part is there already.

    Args:
        address: http or https.
        file: where it goes; a part that an earlier call left here is continued.
        most: bytes that the file may have.
        seconds: most seconds that it may take in all; a server that says nothing is given up sooner.
        progress: called with the bytes that are there and the number of all, where the server says it.

    Raises:
        DownloadError: the server cannot be reached, refuses, sends on to another host, sends too much or too slowly,
            or ends before all has come; what came is kept.
        EndlessError: the server sends a stream, of which nothing was fetched.
    """
    have = file.stat().st_size if file.is_file() else 0
    try:
        with _answer(address, have, seconds) as answer:
            _receive(answer, file, have, most, progress)
    except RefusedError as error:
        if error.status == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return  # all of it is here, and whether it is right is for the caller to check
        raise


def is_endless(address: str) -> bool:
    """Whether a server sends a stream; False where it cannot be reached, which fetching will tell. Nothing is fetched.

    Args:
        address: http or https.
    """
    try:
        with _answer(address, 0, _PATIENCE):
            return False
    except EndlessError:
        return True
    except DownloadError:
        return False


@contextmanager
def _answer(address: str, have: int, seconds: float) -> Iterator[Any]:
    """What a server answers, of a file of which so many bytes are here; it is read within the seconds."""
    deadline = time.monotonic() + seconds
    try:
        request = urllib.request.Request(_encoded(address), headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 -- the scheme is checked
        handlers = (_StaysThere, _TimedHttp(deadline), _TimedHttps(deadline))
        with urllib.request.build_opener(*handlers).open(request, timeout=min(_PATIENCE, seconds)) as answer:
            if answer.headers.get_content_type() == "multipart/x-mixed-replace":
                raise EndlessError("it is a stream without end")
            yield answer
    except urllib.error.HTTPError as error:
        error.close()
        raise RefusedError(_cut(f"the server answers {error.code} {error.reason}"), error.code) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        if time.monotonic() >= deadline:
            raise DownloadError(f"it takes longer than {seconds:g} seconds") from None
        raise DownloadError(_cut(getattr(error, "reason", None) or error or type(error).__name__)) from None


def _cut(said: object) -> str:
    text = one_line(str(said))
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def _encoded(address: str) -> str:
    """The address as HTTP has it; raises ValueError for what is none."""
    parts = urllib.parse.urlsplit(address)
    if not is_address(address) or not parts.hostname:
        raise ValueError("is not the address of a web server")
    _ = parts.port  # raises where it is not a number that a port can have
    path, query = (urllib.parse.quote(each, _PLAIN, errors="surrogateescape") for each in (parts.path, parts.query))
    return parts._replace(path=path, query=query, fragment="").geturl()


class _StaysThere(urllib.request.HTTPRedirectHandler):
    """Follows a server within its own host and port, and from http to https there."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        here, there = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        to_https = (here.scheme, here.port or 80, there.scheme, there.port or 443) == ("http", 80, "https", 443)
        same = (here.scheme, here.port) == (there.scheme, there.port) or to_https
        if here.hostname != there.hostname or not same:
            raise urllib.error.URLError(
                f"the server redirects to {newurl}, which is another host or port; use that address if it is intended"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.close()  # urllib would read what comes with the answer, whatever its length
        return super().http_error_302(req, io.BytesIO(), code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class _Timed(io.RawIOBase):
    """What comes from a socket, until a moment: a byte now and then does not count as life for ever."""

    def __init__(self, raw: Any, socket: Any, deadline: float) -> None:
        self._raw, self._socket, self._deadline = raw, socket, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(min(_PATIENCE, left))
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, deadline: float, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        raw: Any = self.fp
        self.fp = io.BufferedReader(_Timed(raw.detach(), sock, deadline))


class _TimedHandler:
    """Has urllib's handlers read answers, from their first byte on, until a moment."""

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def do_open(self, http_class: Any, req: Any, **options: Any) -> Any:
        def connection(*args: Any, **arguments: Any) -> Any:
            made = http_class(*args, **arguments)
            made.response_class = functools.partial(_TimedResponse, deadline=self._deadline)
            return made

        opener: Any = super()
        return opener.do_open(connection, req, **options)


class _TimedHttp(_TimedHandler, urllib.request.HTTPHandler): ...


class _TimedHttps(_TimedHandler, urllib.request.HTTPSHandler): ...


def _receive(answer: Any, file: Path, have: int, most: int, progress: Progress | None) -> None:
    continues = answer.status == http.HTTPStatus.PARTIAL_CONTENT and _begins_at(answer) == have
    if answer.status == http.HTTPStatus.PARTIAL_CONTENT and not continues:
        raise DownloadError(f"the server was asked for the rest from byte {have}, but sent another part")
    have = have if continues else 0
    whole = None if answer.length is None else have + answer.length
    _check_length(whole or 0, most)
    with file.open("ab" if continues else "wb") as part:
        while piece := answer.read1(_PIECE):
            have += len(piece)
            _check_length(have, most)
            part.write(piece)
            if progress:
                progress(have, whole)
    if whole is not None and have < whole:
        raise DownloadError(f"the server stopped after {have} of {whole} bytes")


def _check_length(count: int, most: int) -> None:
    if count > most:
        raise DownloadError(f"it has more than {most >> 20} MB")


def _begins_at(answer: Any) -> int | None:
    found = re.match(r"bytes ([0-9]{1,18})-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else None
