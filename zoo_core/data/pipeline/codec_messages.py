"""What libjpeg, libpng and libtiff have to say of an image: heard here, and kept off the terminal.

They write to the ``stderr`` of the C library, and OpenCV hands nothing on. But that the pixels of a
JPEG end too early is said there alone: the image that comes back is filled up with grey. So that
stream is exchanged for a file while images are decoded. Python's `sys.stderr` and what other
programs write are not touched, and what another library wrote meanwhile is passed on.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Lock
from typing import TypeVar

from zoo_core.data.pipeline.opencv_log import silence_opencv

__all__ = ["with_messages"]

_Result = TypeVar("_Result")

_UNBUFFERED = 2
_OURS = re.compile(
    r"Corrupt JPEG data|Premature end of JPEG|Inconsistent progression|Invalid SOS parameters|Warning: unknown JFIF|"
    r"Unknown Adobe color|Application transferred too few|libpng |"
    r"O?JPEG\w*: |TIFF\w+: |\w+Decode\w*: |tempfile\.tif: |MissingRequired: "
)
"""How their messages begin."""

# OpenCV says of a damaged image by itself that it is damaged, and then returns nothing, which we tell in our words.
silence_opencv()


class _Exchange:
    """The stream of the C library, and the file that stands in for it while something is decoded.

    Raises:
        OSError, AttributeError, TypeError, ValueError: this system has no such stream.
    """

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self._stream = ctypes.c_void_p.in_dll(library, "__stderrp" if sys.platform == "darwin" else "stderr")
        self._content, name = tempfile.mkstemp()
        Path(name).unlink()  # it is there as long as it is open
        library.fdopen.restype = ctypes.c_void_p
        self._file = ctypes.c_void_p(library.fdopen(os.dup(self._content), b"a"))
        library.setvbuf(self._file, None, _UNBUFFERED, ctypes.c_size_t(0))
        self._usual = self._stream.value

    def begin(self) -> None:
        self._usual, self._stream.value = self._stream.value, self._file.value

    def end(self) -> str:
        """Restore the usual stream; returns what the codecs printed."""
        self._stream.value = self._usual
        if not self.length():
            return ""
        lines = os.pread(self._content, self.length(), 0).decode(errors="replace").splitlines(keepends=True)
        os.ftruncate(self._content, 0)
        # libpng prints the end of a line by itself, which may come after a line of another thread: it is nobody's.
        for foreign in (line for line in lines if line.strip() and not _OURS.match(line)):
            os.write(2, foreign.encode())
        return "".join(line for line in lines if _OURS.match(line)).strip()

    def length(self) -> int:
        """The bytes that were printed."""
        return os.fstat(self._content).st_size


class _Listener:
    """Lets many threads decode at once, and one alone where it has to be known of which image something is said."""

    def __init__(self) -> None:
        self._door = Lock()  # held by one that decodes alone: no other begins
        self._left = Condition()
        self._inside = 0
        try:
            self._exchange: _Exchange | None = _Exchange()
        except (OSError, AttributeError, TypeError, ValueError):
            self._exchange = None

    def hear(self, decode: Callable[[], _Result]) -> tuple[_Result, str]:
        if self._exchange is None:
            return decode(), ""
        with self._door:
            self._enter(self._exchange)
        before = self._exchange.length()
        try:
            result = decode()
            said_something = self._exchange.length() != before
        finally:
            self._leave(self._exchange)
        return self._hear_alone(self._exchange, decode) if said_something else (result, "")

    def _hear_alone(self, exchange: _Exchange, decode: Callable[[], _Result]) -> tuple[_Result, str]:
        with self._door, self._left:
            self._left.wait_for(lambda: not self._inside)
            exchange.begin()
            try:
                result = decode()
            finally:
                said = exchange.end()
        return result, said

    def _enter(self, exchange: _Exchange) -> None:
        with self._left:
            if not self._inside:
                exchange.begin()
            self._inside += 1

    def _leave(self, exchange: _Exchange) -> None:
        with self._left:
            self._inside -= 1
            if not self._inside:
                exchange.end()
                self._left.notify_all()


_LISTENER = _Listener()


def with_messages(decode: Callable[[], _Result]) -> tuple[_Result, str]:
    """What a function returns, and what the codecs printed meanwhile, line by line.

    Args:
        decode: decodes an image; it is called again, alone, when there is something to hear. May be called
            from several threads at once.

    Returns:
        The result and the lines; no lines where the C library does not let itself be listened to (Windows).
    """
    return _LISTENER.hear(decode)
