"""What precedes the numbers of an array in a ``.params`` file, in every layout that MXNet has had.

All little-endian::

    since 1.0       uint32 version 2 or 3, int32 storage, int32 number of axes, int64 each axis
    0.11 to 0.12    uint32 version 1, uint32 number of axes, int64 each axis
    before          uint32 number of axes, uint32 each axis
    and then        int32 device type, int32 device number, int32 number type

Source: MXNet 1.9.1, src/ndarray/ndarray.cc, NDArray::Save, NDArray::Load and NDArray::LegacyLoad.
"""

from __future__ import annotations

import math
import struct
from typing import BinaryIO, NamedTuple

import numpy as np

__all__ = ["BFLOAT16", "CPU", "DENSE", "TYPES", "VERSION", "DamageError", "FileBytes", "Header", "read_header"]

VERSION = 0xF993FAC9
"""What is written, which every MXNet since 1.0 reads: version 2."""
_VERSION_1 = 0xF993FAC8
_VERSION_3 = 0xF993FACA
"""Knows arrays without axes, which hold one number; in the others they hold nothing."""
DENSE = 0
CPU = 1
_MOST_AXES = 32
"""NumPy has no more, and neither has any weight."""
_MOST_NUMBERS = 1 << 48
"""Of an array without the axes of length 0: more than any machine holds, and less than NumPy can count."""
BFLOAT16 = 12
TYPES = {0: "<f4", 1: "<f8", 2: "<f2", 3: "u1", 4: "<i4", 5: "i1", 6: "<i8", 7: "?", BFLOAT16: "<u2"}


class DamageError(Exception):
    """What is wrong with the bytes of a file, and where."""


class FileBytes:
    """The bytes of a file, taken from the front, never more than there are.

    Every length is compared with what is left before it is believed.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self.position = 0

    def __len__(self) -> int:
        return self._size - self.position

    def take(self, count: int, what: str) -> bytes:
        """The next bytes."""
        self._expect_left(count, what)
        taken = self._file.read(count)
        self.expect(len(taken) == count, f"{what} cannot be read: the file has become shorter")
        self.position += count
        return taken

    def skip(self, count: int, what: str) -> int:
        """Pass over the next bytes without reading them; returns where they begin."""
        self._expect_left(count, what)
        begin = self.position
        self.position += count
        self._file.seek(self.position)
        return begin

    def number(self, form: str, what: str) -> int:
        """A number of the form that `struct` calls so."""
        value: int = struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}"), what))[0]
        return value

    def expect(self, condition: bool, message: str) -> None:
        """Refuse the file unless a condition holds."""
        if not condition:
            raise DamageError(f"byte {self.position}: {message}")

    def _expect_left(self, count: int, what: str) -> None:
        self.expect(count <= len(self), f"{what} should have {count} bytes, but {len(self)} are left")


class Header(NamedTuple):
    """What is known of an array before its numbers are read.

    Attributes:
        shape: shape of the array.
        type: a key of `TYPES`.
    """

    shape: tuple[int, ...]
    type: int

    @property
    def size(self) -> int:
        """Bytes of its numbers."""
        return math.prod(self.shape) * np.dtype(TYPES[self.type]).itemsize


def read_header(content: FileBytes, title: str) -> Header:
    """The header of the array that comes next.

    Raises:
        DamageError: there is none, or it cannot belong to weights.
    """
    version = content.number("I", f"the version of {title}")
    if version in (VERSION, _VERSION_3):
        storage = content.number("i", f"the storage of {title}")
        content.expect(storage == DENSE, f"{title} is sparse (storage {storage}), but weights are dense")
        axes, form = content.number("i", f"the number of axes of {title}"), "q"
    elif version == _VERSION_1:
        axes, form = content.number("I", f"the number of axes of {title}"), "q"
    else:  # before there were versions, an array began with the number of its axes
        content.expect(version <= _MOST_AXES, f"{title} is of an unknown version, {version:#x}")
        axes, form = version, "I"
    least = 0 if version == _VERSION_3 else 1
    content.expect(least <= axes <= _MOST_AXES, f"{title} has {axes} axes")
    shape = tuple(content.number(form, f"the shape of {title}") for _ in range(axes))
    content.expect(
        min(shape, default=0) >= 0 and math.prod(side for side in shape if side) <= _MOST_NUMBERS,
        f"{title} has the shape {shape}",
    )
    content.take(8, f"the device of {title}")
    kind = content.number("i", f"the number type of {title}")
    content.expect(kind in TYPES, f"{title} has numbers of an unknown type, {kind}")
    return Header(shape, kind)
