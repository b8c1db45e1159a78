"""Reads and writes ``.params`` files, in which MXNet keeps arrays by name, without MXNet.

The layout, all little-endian::

    file    uint64 0x112, uint64 0, uint64 number of arrays, arrays, uint64 number of names, names
    array   uint32 version, int32 storage, int32 number of axes, int64 each axis,
            int32 device type, int32 device number, int32 number type, the numbers
    name    uint64 length, the bytes

Every length is compared with what is left of the file before it is believed, and nothing may
follow the last name. So a truncated or damaged file is refused with the place of the fault.

Source: MXNet 1.9.1, src/ndarray/ndarray.cc, NDArray::Save and NDArray::Load.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.errors import RunError, listed
from zoo_core.files import is_missing, read_bytes, replacing

__all__ = ["read_params", "write_params"]

_FILE_MAGIC = 0x112
_ARRAY_VERSIONS = {0xF993FAC9: 2, 0xF993FACA: 3}
"""Version 3 knows arrays without axes, which hold one number; in version 2 they hold nothing."""
_VERSION = 0xF993FAC9
"""What is written, which every MXNet since 1.0 reads."""
_DENSE = 0
_CPU = 1
_MOST_AXES = 32
"""NumPy has no more, and neither has any weight."""
_BFLOAT16 = 12
_TYPES = {0: "<f4", 1: "<f8", 2: "<f2", 3: "u1", 4: "<i4", 5: "i1", 6: "<i8", 7: "?", _BFLOAT16: "<u2"}


def read_params(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a ``.params`` file by name, in the order of the file; read-only.

    Numbers keep their type, but bfloat16, which NumPy does not have, becomes float32.

    Raises:
        RunError: there is no such file, or it is damaged, truncated, or of another kind; says where.
    """
    if is_missing(path):
        raise RunError(f"{path}: there are no weights here")
    try:
        return _read(_Bytes(read_bytes(path, RunError)))
    except _Damage as damage:
        raise RunError(f"{path}: damaged, or not a file of MXNet weights: {damage}") from None


def write_params(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays by name to a ``.params`` file that MXNet reads, all or nothing.

    MXNet's own writer does not notice that a disk is full until the file is closed, and then says nothing.

    Args:
        path: the file, which is replaced.
        arrays: with at least one axis each, of a number type that the format has.

    Raises:
        OSError: the file cannot be written; what was there before still is.
    """
    with replacing(path) as fresh, fresh.open("wb") as file:
        file.write(struct.pack("<QQQ", _FILE_MAGIC, 0, len(arrays)))
        for array in arrays.values():
            for part in _array_bytes(array):
                file.write(part)
        file.write(struct.pack("<Q", len(arrays)))
        for name in arrays:
            letters = name.encode()
            file.write(struct.pack("<Q", len(letters)) + letters)


def _array_bytes(array: NDArray[Any]) -> Iterator[bytes | memoryview]:
    kind = {form: number for number, form in _TYPES.items() if number != _BFLOAT16}[array.dtype.str.lstrip("|")]
    yield struct.pack("<Iii", _VERSION, _DENSE, array.ndim) + struct.pack(f"<{array.ndim}q", *array.shape)
    yield struct.pack("<iii", _CPU, 0, kind)
    yield np.ascontiguousarray(array).data.cast("B") if array.size else b""


class _Damage(Exception):  # noqa: N818 -- never leaves this module
    """What is wrong with the bytes, and where."""


class _Bytes:
    """Bytes that are taken from the front, never more than there are."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self.place = 0

    def __len__(self) -> int:
        return len(self._content) - self.place

    def take(self, count: int, what: str) -> memoryview:
        if count > len(self):
            raise _Damage(f"byte {self.place}: {what} should have {count} bytes, and {len(self)} are left")
        taken = self._content[self.place : self.place + count]
        self.place += count
        return taken

    def number(self, form: str, what: str) -> int:
        """A number of the form that `struct` calls so."""
        value: int = struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}"), what))[0]
        return value

    def expect(self, condition: bool, message: str) -> None:
        if not condition:
            raise _Damage(f"byte {self.place}: {message}")


class _Header(NamedTuple):
    """What stands before the numbers of an array."""

    shape: tuple[int, ...]
    type: int


def _read(content: _Bytes) -> dict[str, NDArray[Any]]:
    magic = content.number("Q", "the mark of the format")
    content.expect(magic == _FILE_MAGIC, f"begins with {magic:#x}, and MXNet's files with {_FILE_MAGIC:#x}")
    content.expect(content.number("Q", "the reserved field") == 0, "the reserved field is not 0")
    # An array has a version, a storage and a number of axes at least.
    count = _count(content, "arrays", smallest=12)
    arrays = [_array(content, f"array {place} of {count}") for place in range(1, count + 1)]
    names = [_name(content, place) for place in range(1, _count(content, "names", smallest=8) + 1)]
    content.expect(len(content) == 0, f"{len(content)} bytes follow the last name")
    content.expect(bool(names) or not arrays, "holds arrays without names, and the weights of a network have names")
    content.expect(len(names) == len(arrays), f"there are {len(arrays)} arrays and {len(names)} names")
    repeated = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    content.expect(not repeated, f"names repeat: {listed(repeated)}")
    return dict(zip(names, arrays, strict=True))


def _count(content: _Bytes, things: str, smallest: int) -> int:
    count = content.number("Q", f"the number of {things}")
    content.expect(count <= len(content) // smallest, f"there cannot be {count} {things} in {len(content)} bytes")
    return count


def _array(content: _Bytes, title: str) -> NDArray[Any]:
    header = _header(content, title)
    kind = np.dtype(_TYPES[header.type])
    numbers = content.take(math.prod(header.shape) * kind.itemsize, f"{title}, of shape {header.shape},")
    values = np.frombuffer(numbers, kind).reshape(header.shape)
    # bfloat16 is the upper half of float32.
    return (values.astype("<u4") << 16).view("<f4") if header.type == _BFLOAT16 else values


def _header(content: _Bytes, title: str) -> _Header:
    version = content.number("I", f"the version of {title}")
    content.expect(version in _ARRAY_VERSIONS, f"{title} is of an unknown version, {version:#x}")
    storage = content.number("i", f"the storage of {title}")
    content.expect(storage == _DENSE, f"{title} is sparse (storage {storage}), and weights are dense")
    axes = content.number("i", f"the number of axes of {title}")
    least = 1 if _ARRAY_VERSIONS[version] == 2 else 0
    content.expect(least <= axes <= _MOST_AXES, f"{title} has {axes} axes")
    shape = tuple(content.number("q", f"the shape of {title}") for _ in range(axes))
    content.expect(min(shape, default=0) >= 0, f"{title} has the shape {shape}")
    content.take(8, f"the device of {title}")
    kind = content.number("i", f"the number type of {title}")
    content.expect(kind in _TYPES, f"{title} has numbers of an unknown type, {kind}")
    return _Header(shape, kind)


def _name(content: _Bytes, place: int) -> str:
    length = content.number("Q", f"the length of name {place}")
    letters = content.take(length, f"name {place}")
    try:
        return str(letters, "utf-8")
    except UnicodeDecodeError:
        raise _Damage(f"byte {content.place}: name {place} is no text") from None
