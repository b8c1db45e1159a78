"""Reads whole files that others wrote, where they are plain files and of a size that can be meant."""

from __future__ import annotations

import stat
from pathlib import Path

from zoo_core.errors import ZooError

__all__ = ["MOST_BYTES_OF_TABLE", "MOST_BYTES_OF_TEXT", "content_of", "text_of"]

MOST_BYTES_OF_TEXT = 1 << 28
"""A list of files, or the labels of an image, is not larger: a list of a million long paths has 100 MB."""
MOST_BYTES_OF_TABLE = 1 << 31
"""One file for a whole data set is not larger: LVIS, among the largest, has 1.1 GB, and Python takes ten times that."""
_BEGINNING = 1024


def content_of(path: Path, error: type[ZooError], most: int = MOST_BYTES_OF_TEXT) -> bytes:
    """The bytes of a file of text.

    Neither a pipe, which would be waited for without end, nor a file of zeros, as a crash leaves it, is read.

    Args:
        path: of the file.
        error: what is raised where it cannot be read; it names the file.
        most: a file of more bytes is refused.
    """
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise error(f"{path}: cannot be read: it is a folder, and a file is needed")
        if not stat.S_ISREG(facts.st_mode):
            raise error(f"{path}: cannot be read: it is a pipe, a socket or a device, and a plain file is needed")
        if facts.st_size > most:
            raise error(f"{path}: has {facts.st_size} bytes, and at most {most} are read; divide it, or take it out")
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
            if beginning and not beginning.strip(b"\0"):
                raise error(f"{path}: is not text: it begins with zero bytes; fetch or write it again")
            return beginning + file.read()
    except OSError as fault:
        raise error(f"{path}: cannot be read: {fault.strerror}") from None
    except MemoryError:
        raise error(f"{path}: is larger than the memory that is free; divide it") from None


def text_of(path: Path, error: type[ZooError], most: int = MOST_BYTES_OF_TEXT) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; as `content_of`."""
    try:
        return content_of(path, error, most).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        byte = fault.object[fault.start]
        raise error(
            f"{path}: cannot be read: byte {fault.start + 1} is {byte:#04x}, and it should be text in UTF-8; "
            "save it as that"
        ) from None
