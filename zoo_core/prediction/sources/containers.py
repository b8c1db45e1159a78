"""Whether the file of a video ends before its container does.

How many frames there are is an estimate in most containers; where their parts end is not.

Sources: Microsoft, AVI RIFF File Reference; ISO/IEC 14496-12, section 4.2 (boxes of MP4 and MOV); RFC 8794,
section 4 (EBML, of MKV and WebM).
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

__all__ = ["is_cut_off"]

_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
"""The boxes with which a file of MP4 or MOV may begin."""
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def is_cut_off(path: Path) -> bool:
    """Whether a part of the file should end behind its end; False for a container that does not say where parts end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        file.seek(0)
        if start.startswith(b"RIFF"):
            return _end_of_riff(file, size) > size
        if start.startswith(_EBML):
            return _end_of_segment(file, size) > size
        return (
            _end_of_boxes(file, size) > size if start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") else False
        )


def _end_of_riff(file: BinaryIO, size: int) -> int:
    """Files of more than a gigabyte have several of these chunks behind each other."""
    end = 0
    while end < size and len(header := file.read(8)) == 8:
        kind, length = struct.unpack("<4sI", header)
        if kind != b"RIFF" or length in (0, 0xFFFFFFFF):  # the writer was stopped, or streamed
            break
        end += 8 + length + length % 2
        file.seek(end)
    return end - 1 if end % 2 == 0 and end == size + 1 else end  # the last byte of padding is often left out


def _end_of_boxes(file: BinaryIO, size: int) -> int:
    end = 0
    while end < size and len(header := file.read(8)) == 8:
        (length,) = struct.unpack(">I", header[:4])
        if length == 1:
            length = int.from_bytes(file.read(8), "big")
        if length < 8:  # 0 is up to the end of the file
            break
        end += length
        file.seek(end)
    return end


def _end_of_segment(file: BinaryIO, size: int) -> int:
    """The end of the element that holds all others, or 0 where it was streamed and does not say it."""
    while file.tell() < size:
        identifier = file.read(4)
        length = _length(file)
        if length is None:
            break
        if identifier == _SEGMENT:
            return file.tell() + length
        file.seek(length, os.SEEK_CUR)
    return 0


def _length(file: BinaryIO) -> int | None:
    """A number whose leading zero bits count its further bytes; None when it is unknown: all bits are set."""
    first = (file.read(1) or b"\0")[0]
    if not first:
        return None
    more = 8 - first.bit_length()
    value = int.from_bytes(bytes([first & ((1 << (7 - more)) - 1)]) + file.read(more), "big")
    return None if value == (1 << 7 * (more + 1)) - 1 else value
