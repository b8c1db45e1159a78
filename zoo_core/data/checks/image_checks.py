"""What can be wrong with the images of a data set, each looked at once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import listed
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES, Header, decoded, header_of
from zoo_core.data.readers.records import Fault, FaultKind, ImageFile, Record
from zoo_core.parts.geometry import ImageSize

__all__ = ["LookedAt", "duplicates", "look_at", "near_leaks", "other_size"]

_ALSO = {"MPO": "JPEG", "DIB": "BMP"}
"""Kinds that are another kind with something added: many cameras put a second picture behind a JPEG."""
_UNTURNED = "remove the orientation from the file (exiftool -Orientation= FILE)"
"""The way out where boxes were drawn by a tool that does not turn pictures: saved upright, it would not fit them."""
_LEAST_CONTRAST = 16.0
"""Sketches of less variation are of one colour, and all alike."""
_ALIKE = 0.96
"""From this correlation on two sketches are of one scene: photographs of different scenes seldom reach 0.8."""
_MOST_COMPARED = 20_000


class LookedAt(NamedTuple):
    """What was seen of an image.

    Attributes:
        faults: faults of this image alone.
        size: upright; None when it cannot be read.
        digest: equal for images with equal pixels; None when it cannot be read.
        sketch: (192,) float32 of length 1, so that the product of two is their correlation;
            None when it cannot be read or is of one colour.
    """

    faults: tuple[Fault, ...]
    size: ImageSize | None = None
    digest: bytes | None = None
    sketch: NDArray[np.float32] | None = None


def look_at(record: Record) -> LookedAt:
    """Read and decode an image; safe to call from several threads."""
    try:
        data = record.image.read()
        pixels = decoded(data, record.image)
        header = header_of(io.BytesIO(data), record.image)
    except DatasetError as error:
        return LookedAt((Fault.of(FaultKind.UNREADABLE_IMAGE, error),))
    size = ImageSize(*pixels.shape[:2])
    wrong_size = other_size(record, header)
    faults = [*_mislabelled(record, header), *([wrong_size] if wrong_size else _turned(record, header))]
    digest = blake2b(pixels.tobytes(), digest_size=16, salt=b"%dx%d" % size).digest()
    return LookedAt(tuple(faults), size, digest, _sketch(pixels))


def _sketch(image: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """The image in 16x12 grey pixels, without its mean and scaled to length 1."""
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (16, 12), interpolation=cv2.INTER_AREA)
    values = small.ravel().astype(np.float32)
    values -= values.mean()
    length = float(np.linalg.norm(values))
    return values / np.float32(length) if length > _LEAST_CONTRAST else None


def _mislabelled(record: Record, header: Header) -> Iterator[Fault]:
    if not isinstance(record.image, ImageFile):
        return
    kind = _ALSO.get(header.kind, header.kind)
    said = Image.registered_extensions().get(record.image.path.suffix.lower(), "")
    if kind != said:
        # Another ending would be looked for in vain by lists and annotations that name the file.
        remedy = (
            f"it is read all the same; to make them match, save it as {said}"
            if said
            else (f"give it an image file extension ({listed(IMAGE_SUFFIXES)}), here and where it is named")
        )
        message = f"contains a {kind} image, which its file extension does not match"
        yield Fault(FaultKind.MISLABELLED_IMAGE, str(record.image), message, remedy)


def other_size(record: Record, header: Header) -> Fault | None:
    """That an image is of another size than its annotation says, and what to do about it."""
    if record.size in (None, header.size):
        return None
    message = f"is {header.size} (HEIGHTxWIDTH), and {record.annotation} was made for {record.size}"
    remedy = "correct the size and the boxes there, or remove the image"
    if header.orientation != 1 and record.size == header.size_as_it_lies:
        remedy = f"its boxes belong to the picture as stored in the file, without its orientation: {_UNTURNED}"
    return Fault(FaultKind.OTHER_SIZE, str(record.image), message, remedy)


def _turned(record: Record, header: Header) -> Iterator[Fault]:
    if header.orientation != 1:
        message = "is rotated or mirrored by its orientation tag, and is read upright"
        remedy = f"look at its boxes with `zoo data show`: if they do not fit, {_UNTURNED}"
        yield Fault(FaultKind.TURNED_IMAGE, str(record.image), message, remedy)


def duplicates(split: str, pictures: Sequence[tuple[Record, LookedAt]], earlier: dict[bytes, str]) -> list[Fault]:
    """Images of a split whose pixels came before, in it or in an earlier split.

    Args:
        split: the name of the split.
        pictures: its images, each with what was seen of it.
        earlier: where each digest came first in an earlier split; those of this split are added.
    """
    faults = []
    here: dict[bytes, str] = {}
    for record, image in pictures:
        if image.digest is None:
            continue
        place = str(record.image)
        if image.digest in here:
            message = f"has the same pixels as {here[image.digest]}, also in split {split!r}"
            faults.append(Fault(FaultKind.DUPLICATE_IMAGE, place, message, "remove one of them"))
        elif image.digest in earlier:
            message = f"is in split {split!r} and has the same pixels as {earlier[image.digest]}"
            remedy = "remove it from one of the splits, or scores will be too good"
            faults.append(Fault(FaultKind.LEAK, place, message, remedy))
        here.setdefault(image.digest, place)
    for digest, place in here.items():
        earlier.setdefault(digest, f"{place} in split {split!r}")
    return faults


def near_leaks(splits: Mapping[str, Sequence[tuple[Record, LookedAt]]]) -> Iterator[Fault]:
    """Images that look nearly like one of an earlier split: another take, a copy saved again, a frame of a film.

    Images with equal pixels are left to `duplicates`. Of more than 20000 images none is
    compared, for the time grows with their square.
    """
    if sum(map(len, splits.values())) > _MOST_COMPARED:
        return
    earlier: list[tuple[str, Record, LookedAt]] = []
    for split, pictures in splits.items():
        here = [(split, record, image) for record, image in pictures if image.sketch is not None]
        known = {image.digest for _, _, image in earlier}
        sketches = np.array([image.sketch for _, _, image in earlier], dtype=np.float32)
        for _, record, image in here:
            if image.digest in known or not earlier:
                continue
            alike = sketches @ np.asarray(image.sketch)
            nearest = int(alike.argmax())
            if alike[nearest] >= _ALIKE:
                other_split, other, _ = earlier[nearest]
                message = (
                    f"is in split {split!r} and looks almost like {other.image} in split {other_split!r} "
                    f"(correlation {alike[nearest]:.2f})"
                )
                remedy = "look at both: if they show the same scene, remove one, or scores will be too good"
                yield Fault(FaultKind.NEAR_LEAK, str(record.image), message, remedy)
        earlier += here
