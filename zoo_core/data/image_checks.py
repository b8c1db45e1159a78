"""What can be wrong with the images of a data set, each looked at once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo_core.data.images import decoded, opened, orientation
from zoo_core.data.records import Fault, FaultKind, ImageFile, Record
from zoo_core.errors import DatasetError
from zoo_core.geometry import ImageSize

__all__ = ["LookedAt", "duplicates", "look_at", "near_leaks"]

_ALSO = {"MPO": "JPEG", "DIB": "BMP"}
"""Kinds that are another kind with something added: many cameras put a second picture behind a JPEG."""
_LEAST_CONTRAST = 16.0
"""Sketches of less variation are of one colour, and all alike."""
_ALIKE = 0.96
"""From this correlation on two sketches are of one scene: photographs of different scenes seldom reach 0.8."""
_MOST_COMPARED = 20_000


class LookedAt(NamedTuple):
    """What was seen of an image.

    Attributes:
        faults: of this image alone.
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
        with opened(io.BytesIO(data), record.image) as header:
            kind, turned = _ALSO.get(header.format or "", header.format or ""), orientation(header) != 1
    except DatasetError as error:
        return LookedAt((Fault.of(FaultKind.UNREADABLE_IMAGE, error),))
    size = ImageSize(*pixels.shape[:2])
    faults = [*_mislabelled(record, kind), *_other_size(record, size, turned)]
    digest = blake2b(pixels.tobytes(), digest_size=16, salt=b"%dx%d" % size).digest()
    return LookedAt(tuple(faults), size, digest, _sketch(pixels))


def _sketch(image: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """The image in 16x12 grey pixels, without its mean and scaled to length 1."""
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (16, 12), interpolation=cv2.INTER_AREA)
    values = small.ravel().astype(np.float32)
    values -= values.mean()
    length = float(np.linalg.norm(values))
    return values / np.float32(length) if length > _LEAST_CONTRAST else None


def _mislabelled(record: Record, kind: str) -> Iterator[Fault]:
    if not isinstance(record.image, ImageFile):
        return
    suffix = record.image.path.suffix.lower()
    expected = Image.registered_extensions().get(suffix, "")
    if kind != expected:
        endings = [ending for ending, named in Image.registered_extensions().items() if named == kind]
        remedy = f"rename it to {Path(record.image.path.name).stem}{endings[0] if endings else ''}, or save it anew"
        message = f"holds a {kind} image, which its ending does not say"
        yield Fault(FaultKind.MISLABELLED_IMAGE, str(record.image), message, remedy)


def _other_size(record: Record, size: ImageSize, turned: bool) -> Iterator[Fault]:
    if record.size not in (None, size):
        message = f"is {size} (HEIGHTxWIDTH), and {record.annotation} was made for {record.size}"
        hint = "; it is turned by its EXIF data, so save it upright" if turned else ""
        remedy = f"correct the size and the boxes there, or take the image out{hint}"
        yield Fault(FaultKind.OTHER_SIZE, str(record.image), message, remedy)
    elif turned:
        message = "is turned or mirrored by its EXIF data, and is read upright"
        remedy = "look at its boxes with `zoo data show`; to be sure, save it upright without EXIF data"
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
            message = f"has the same pixels as {here[image.digest]}, in split {split!r} too"
            faults.append(Fault(FaultKind.DUPLICATE_IMAGE, place, message, "take one of them out"))
        elif image.digest in earlier:
            message = f"is in split {split!r} and has the same pixels as {earlier[image.digest]}"
            remedy = "take it out of one of the splits, or scores will be too good"
            faults.append(Fault(FaultKind.LEAK, place, message, remedy))
        here.setdefault(image.digest, place)
    for digest, place in here.items():
        earlier.setdefault(digest, f"{place} in split {split!r}")
    return faults


def near_leaks(splits: Mapping[str, Sequence[tuple[Record, LookedAt]]]) -> Iterator[Fault]:
    """Images that look nearly like one of an earlier split: another take, a copy saved anew, a frame of a film.

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
                    f"is in split {split!r} and looks nearly like {other.image} in split {other_split!r} "
                    f"(correlation {alike[nearest]:.2f})"
                )
                remedy = "look at both: of one scene, take one out, or scores will be too good"
                yield Fault(FaultKind.NEAR_LEAK, str(record.image), message, remedy)
        earlier += here
