"""Whether a PNG says how it is turned, which may stand behind its pixels.

Source: W3C, Portable Network Graphics, third edition, sections 5.3 and 11.3.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

__all__ = ["may_be_turned"]

_SIGNATURE = 8
_KEYWORDS = {b"iTXt": (b"XML:com.adobe.xmp",), b"tEXt": (b"Raw profile",), b"zTXt": (b"Raw profile",)}
"""Chunks of text that may hold EXIF data or XMP, by how they begin."""
_LONGEST = 20


def may_be_turned(file: BinaryIO) -> bool:
    """Whether a chunk can hold an orientation; only the headers of chunks are read.

    Pillow would decode all pixels to know it.
    """
    file.seek(_SIGNATURE)
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        beginning = file.read(min(length, _LONGEST)) if kind in _KEYWORDS else b""
        if kind == b"eXIf" or beginning.startswith(_KEYWORDS.get(kind, ())):
            return True
        if kind == b"IEND":
            break
        file.seek(length - len(beginning) + 4, os.SEEK_CUR)
    return False
