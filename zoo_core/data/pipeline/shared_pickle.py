"""Objects on their way to another process: the arrays in them lie in memory that both see, and are not copied again.

The memory is a file without a name (``memfd_create`` of Linux), which its last user takes along when it ends, in
whatever way; no limit of ``/dev/shm`` counts for it, which containers often have at 64 MB.
"""

from __future__ import annotations

import mmap
import os
import pickle
import struct
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["CAN_SHARE", "read_shared", "write_shared"]

CAN_SHARE = hasattr(os, "memfd_create")
"""Whether this system has memory of that kind."""

_COUNT = struct.Struct("Q")
_ALIGNED = 64
"""Bytes: what lies at a multiple of it can be computed with as if it were an array's own."""


def write_shared(value: object) -> int:
    """Put an object into memory that another process can see; returns the descriptor of the memory, to be closed.

    What cannot be imported elsewhere, as classes of a notebook, goes along by value.

    Raises:
        Exception: something in it cannot be pickled.
    """
    import cloudpickle  # beside grain: what only reads images need not have it

    arrays: list[pickle.PickleBuffer] = []
    pieces = [memoryview(cloudpickle.dumps(value, protocol=5, buffer_callback=arrays.append))]
    pieces += [each.raw() for each in arrays]
    sizes = [piece.nbytes for piece in pieces]
    memory = os.memfd_create("zoo")
    try:
        with open(memory, "wb", closefd=False) as file:
            file.write(_COUNT.pack(len(sizes)) + struct.pack(f"{len(sizes)}Q", *sizes))
            for (start, _), piece in zip(_places(sizes), pieces, strict=True):
                file.seek(start)
                file.write(piece)
            file.truncate()
    except BaseException:
        os.close(memory)
        raise
    return memory


def read_shared(memory: int) -> Any:
    """The object in some memory, whose arrays are views of it; writing to them is seen by nobody else.

    Args:
        memory: its descriptor, which is closed.
    """
    try:
        whole = memoryview(mmap.mmap(memory, 0, flags=mmap.MAP_PRIVATE))
    finally:
        os.close(memory)
    (count,) = _COUNT.unpack_from(whole)
    sizes = struct.unpack_from(f"{count}Q", whole, _COUNT.size)
    pickled, *arrays = (whole[start:end] for start, end in _places(sizes))
    return pickle.loads(pickled, buffers=arrays)  # noqa: S301 -- of the zoo's own processes alone


def _places(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where pieces of these sizes begin and end, one after the other behind their number and sizes."""
    end = _COUNT.size * (1 + len(sizes))
    for size in sizes:
        start = -(-end // _ALIGNED) * _ALIGNED
        end = start + size
        yield start, end
