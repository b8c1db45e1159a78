"""Encoded images, as tests of the reader need them."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image


def photograph(height=96, width=128):
    """A smooth picture (H, W, 3) that fills the whole range."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)


RGB = photograph()
GREY = RGB[..., 1].copy()
GREY3 = np.repeat(GREY[..., None], 3, axis=2)
GREY16 = GREY.astype(np.uint16) * 257


def encoded(image, kind, **options) -> bytes:
    stream = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(stream, kind, **options)
    return stream.getvalue()


def by_opencv(image, ending) -> bytes:
    return cv2.imencode(ending, image[..., ::-1] if image.ndim == 3 else image)[1].tobytes()


def tiff(image, *, order="<", bits=None, samples=1, photometric=1, planar=1, tile=None, form=1, extra=()) -> bytes:
    """An uncompressed TIFF, written by the letter of the specification (Adobe, TIFF 6.0, sections 2, 15 and 19)."""
    height, width = image.shape[:2]
    data = image.astype(image.dtype.newbyteorder(order))
    parts = [data[..., each] for each in range(samples)] if planar == 2 else [data]
    if tile:
        margins = [(0, -height % tile), (0, -width % tile), (0, 0)]
        padded = [np.pad(part, margins[: part.ndim]) for part in parts]
        shape = padded[0].shape
        tops, lefts = range(0, shape[0], tile), range(0, shape[1], tile)
        parts = [part[y : y + tile, x : x + tile] for part in padded for y in tops for x in lefts]
    strips = [part.tobytes() for part in parts] if bits != 12 else [twelve(image)]
    tags = [(256, 4, [width]), (257, 4, [height]), (258, 3, [bits or image.dtype.itemsize * 8] * samples)]
    tags += [
        (259, 3, [1]),
        (262, 3, [photometric]),
        (277, 3, [samples]),
        (284, 3, [planar]),
        (339, 3, [form] * samples),
    ]
    tags += list(extra)
    offsets = (324, 325) if tile else (273, 279)
    tags += [(322, 3, [tile]), (323, 3, [tile])] if tile else [(278, 4, [height])]
    tags += [(offsets[0], 4, [0] * len(strips)), (offsets[1], 4, [len(strip) for strip in strips])]
    for _ in range(2):  # the second time, lengths are known
        entries, behind, at = [], [], 8 + 2 + 12 * len(tags) + 4
        for number, kind, values in sorted(tags):
            content = struct.pack(f"{order}{len(values)}{'B' if kind == 1 else 'H' if kind == 3 else 'I'}", *values)
            place = content.ljust(4, b"\0")
            if len(content) > 4:
                place = struct.pack(f"{order}I", at + sum(map(len, behind)))
                behind.append(content + b"\0" * (len(content) % 2))
            entries.append(struct.pack(f"{order}HHI", number, kind, len(values)) + place)
        first = at + sum(map(len, behind))
        starts = [first + sum(map(len, strips[:each])) for each in range(len(strips))]
        tags = [(number, kind, starts if number == offsets[0] else values) for number, kind, values in tags]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(tags))
    return head + b"".join(entries) + bytes(4) + b"".join(behind) + b"".join(strips)


def twelve(image) -> bytes:
    """Two numbers of 12 bits in three bytes."""
    first, second = image.reshape(-1, 2).astype(np.uint32).T
    return np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 1).astype(np.uint8).tobytes()


def with_chunk(data: bytes, kind: bytes, content: bytes, at: int = 33) -> bytes:
    """A PNG with one more chunk behind its header."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    return data[:at] + struct.pack(">I", len(content)) + kind + content + check + data[at:]
