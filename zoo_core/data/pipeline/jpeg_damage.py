"""What is missing in a JPEG that its decoder fills up and calls whole.

Source: ITU-T T.81, annexes B (markers) and G (progressive scans).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

__all__ = ["damage_in", "missing_scans"]

_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""A marker after pixels: neither a byte of theirs nor a restart."""
_PROGRESSIVE, _SCAN, _END = (0xC2, 0xCA), 0xDA, 0xD9
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_COEFFICIENTS = 64
_PADDING = 16
"""So many bytes between the pixels and the end are not worth a word: many a camera writes some."""


def missing_scans(data: bytes) -> str | None:
    """What a progressive JPEG lacks: each scan adds to the detail, and one that ends after some is only blurred."""
    lacking: dict[int, set[int]] | None = None
    for marker, content in _segments(data):
        if marker in _FRAMES:
            components = content[6::3]
            if marker not in _PROGRESSIVE or len(components) != content[5]:
                return None
            lacking = {each: {*range(_COEFFICIENTS)} for each in components}
        elif marker == _SCAN and lacking is not None:
            count = content[0]
            if len(content) != 4 + 2 * count:  # damaged, which its decoder tells
                return None
            first, last, precision = content[1 + 2 * count :]
            if not precision & 0x0F:  # to the last bit
                for each in content[1 : 1 + 2 * count : 2]:
                    lacking.get(each, set()).difference_update(range(first, last + 1))
    missing = lacking and any(lacking.values())
    return "its last scans, which bring the detail, are missing" if missing else None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers with what belongs to them, up to the end of the first image or where nothing makes sense any more."""
    found = _MARKER.match(data, 2)
    while found and found[1][0] != _END and found.end() + 2 <= len(data):
        start = found.end()
        (length,) = struct.unpack_from(">H", data, start)
        content = data[start + 2 : start + length]
        if len(content) != length - 2 or len(content) < (6 if found[1][0] in _FRAMES else 1):
            return
        yield found[1][0], content
        found = (_MARKER.search if found[1][0] == _SCAN else _MARKER.match)(data, start + length)


def damage_in(messages: str, pixels: bytes) -> str | None:
    """The line of libjpeg's messages that means damage.

    Args:
        messages: a line each.
        pixels: the image without the marker of its end.
    """
    for line in messages.splitlines():
        rest = re.match(r"Corrupt JPEG data: (\d+) extraneous bytes before marker 0xd9", line)
        if rest and (int(rest[1]) <= _PADDING or len({*pixels[-int(rest[1]) :]}) == 1):
            continue
        if line.startswith(("Corrupt JPEG data", "Premature end of JPEG")):
            return line
    return None
