"""Reads and writes ``.params`` files, in which MXNet keeps arrays by name, without MXNet.

The layout, all little-endian::

    file    uint64 0x112, uint64 checksum, uint64 number of arrays, arrays, uint64 number of names, names
    array   a header (`zoo_core.engines.params_headers`), the numbers
    name    uint64 length, the bytes

MXNet writes 0 for the checksum and does not look at it, so a file with one is read by `mx.nd.load`
and `load_parameters` as any other; an array more would be refused by the latter. Without the
checksum half of all single changed bits would load as other weights.

The structure is read first, and the numbers only when all of it is valid: every length is compared
with what is left of the file before it is believed, and nothing may follow the last name. So a
truncated or damaged file is refused with the position of the damage, within the limits below.

Source: MXNet 1.9.1, src/ndarray/ndarray.cc, NDArray::Save and NDArray::Load.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.common.files import is_missing
from zoo_core.common.messages import listed
from zoo_core.common.reading import reading
from zoo_core.common.writing import replacing
from zoo_core.engines.params_headers import (
    BFLOAT16,
    CPU,
    DENSE,
    TYPES,
    VERSION,
    DamageError,
    FileBytes,
    Header,
    read_header,
)

__all__ = ["read_params", "write_params"]

_FILE_MAGIC = 0x112
_CHECKSUM_AT = 8
_LARGEST = 4 << 30
"""Bytes of a file: more than ten times the largest network here with all that Adam keeps for it."""
_MOST_ARRAYS = 50_000
"""The deepest network here has 900 parameters."""
_LONGEST_NAME = 4096
_SHOWN = 10
_PIECE = 1 << 20


def read_params(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a ``.params`` file by name, in the order of the file; read-only.

    Numbers keep their type, but bfloat16, which NumPy does not have, becomes float32.

    Raises:
        RunError: no such file, or it is damaged, truncated, too large, or of another kind; says where.
    """
    if is_missing(path):
        raise RunError(f"{path}: contains no weights")
    try:
        with reading(path, RunError, _LARGEST) as file:
            return _read(file, os.fstat(file.fileno()).st_size)
    except DamageError as damage:
        raise RunError(f"{path}: damaged, or not a file of MXNet weights: {damage}") from None


def write_params(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays by name to a ``.params`` file that MXNet reads, with a checksum, all or nothing.

    MXNet's own writer does not notice that a disk is full until the file is closed, and then says nothing.

    Args:
        path: the file, which is replaced.
        arrays: with at least one axis each, of a number type that the format has.

    Raises:
        OSError: the file cannot be written; what was there before still is.
    """
    with replacing(path) as fresh, fresh.open("wb") as file:
        digest = _new_digest()
        file.write(struct.pack("<QQ", _FILE_MAGIC, 0))
        for part in _content(arrays):
            digest.update(part)
            file.write(part)
        file.seek(_CHECKSUM_AT)
        file.write(struct.pack("<Q", _checksum(digest)))


def _content(arrays: Mapping[str, NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """What comes after the checksum."""
    yield struct.pack("<Q", len(arrays))
    for array in arrays.values():
        yield from _array_bytes(array)
    yield struct.pack("<Q", len(arrays))
    for name in arrays:
        letters = name.encode()
        yield struct.pack("<Q", len(letters)) + letters


def _array_bytes(array: NDArray[Any]) -> Iterator[bytes | memoryview]:
    kind = {form: number for number, form in TYPES.items() if number != BFLOAT16}[array.dtype.str.lstrip("|")]
    yield struct.pack("<Iii", VERSION, DENSE, array.ndim) + struct.pack(f"<{array.ndim}q", *array.shape)
    yield struct.pack("<iii", CPU, 0, kind)
    yield np.ascontiguousarray(array).data.cast("B") if array.size else b""


def _new_digest() -> Any:
    return hashlib.blake2b(struct.pack("<Q", _FILE_MAGIC), digest_size=8)


def _checksum(digest: Any) -> int:
    return int.from_bytes(digest.digest(), "little") or 1  # 0 says that there is none


def _read(file: BinaryIO, size: int) -> dict[str, NDArray[Any]]:
    content = FileBytes(file, size)
    magic = content.number("Q", "the mark of the format")
    content.expect(magic == _FILE_MAGIC, f"begins with {magic:#x}, but MXNet's files begin with {_FILE_MAGIC:#x}")
    checksum = content.number("Q", "the checksum")
    # An array has a version, an axis, a device and a number type at least.
    count = _count(content, "arrays", smallest=20)
    found = [_passed_over(content, f"array {index} of {count}") for index in range(1, count + 1)]
    names = [_name(content, index) for index in range(1, _count(content, "names", smallest=8) + 1)]
    _expect_one_name_each(content, names, count)
    if checksum:
        _expect_checksum(content, file, checksum)
    return {name: _numbers(file, *each) for name, each in zip(names, found, strict=True)}


def _count(content: FileBytes, things: str, smallest: int) -> int:
    count = content.number("Q", f"the number of {things}")
    content.expect(count <= len(content) // smallest, f"there cannot be {count} {things} in {len(content)} bytes")
    content.expect(count <= _MOST_ARRAYS, f"there are {count} {things}, but a network has at most {_MOST_ARRAYS}")
    return count


def _passed_over(content: FileBytes, title: str) -> tuple[Header, int]:
    """What is known of the next array, and where its numbers begin."""
    header = read_header(content, title)
    return header, content.skip(header.size, f"{title}, of shape {header.shape},")


def _name(content: FileBytes, index: int) -> str:
    length = content.number("Q", f"the length of name {index}")
    content.expect(length <= min(_LONGEST_NAME, len(content)), f"name {index} should have {length} bytes")
    letters = content.take(length, f"name {index}")
    try:
        return str(letters, "utf-8")
    except UnicodeDecodeError:
        raise DamageError(f"byte {content.position}: name {index} is not text") from None


def _expect_one_name_each(content: FileBytes, names: list[str], arrays: int) -> None:
    content.expect(len(content) == 0, f"{len(content)} bytes follow the last name")
    content.expect(bool(names) or not arrays, "holds arrays without names, but the weights of a network have names")
    content.expect(len(names) == arrays, f"there are {arrays} arrays but {len(names)} names")
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    more = f" and {len(repeated) - _SHOWN} more" if len(repeated) > _SHOWN else ""
    content.expect(not repeated, f"names repeat: {listed(repeated[:_SHOWN])}{more}")


def _expect_checksum(content: FileBytes, file: BinaryIO, checksum: int) -> None:
    digest = _new_digest()
    file.seek(_CHECKSUM_AT + 8)
    while piece := file.read(_PIECE):
        digest.update(piece)
    content.expect(_checksum(digest) == checksum, "its content does not match its checksum")


def _numbers(file: BinaryIO, header: Header, begin: int) -> NDArray[Any]:
    values = np.empty(header.shape, TYPES[header.type])
    file.seek(begin)
    if values.size and file.readinto(values.reshape(-1).view("u1").data) != values.nbytes:  # type: ignore[attr-defined]
        raise DamageError(f"byte {begin}: numbers cannot be read: the file has become shorter")
    if header.type == BFLOAT16:  # the upper half of float32
        values = (values.astype("<u4") << 16).view("<f4")
    values.flags.writeable = False
    return values
