"""What is damaged is told in our words; what is only untidy is read, and nothing is said."""

from __future__ import annotations

import io
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from tests.data.written_images import GREY, RGB, encoded, with_chunk
from zoo_core.common.errors import DatasetError
from zoo_core.data.pipeline.images import decoded, from_pillow

CUT = b"\xff\xd9"
JPEG, PROGRESSIVE = encoded(RGB, "jpeg", quality=90), encoded(RGB, "jpeg", quality=90, progressive=True)
GREY_JPEG, CMYK_JPEG = encoded(GREY, "jpeg", quality=90), encoded(Image.fromarray(RGB).convert("CMYK"), "jpeg")
PNG, LZW = encoded(RGB, "png"), encoded(RGB, "tiff", compression="tiff_lzw")
NOISE = np.random.default_rng(1).integers(0, 255, 60, dtype=np.uint8).tobytes()
LAST_SCAN = PROGRESSIVE.rindex(b"\xff\xda")
DAMAGED = {
    **{f"jpeg cut at {share:.0%}": JPEG[: int(len(JPEG) * share)] + CUT for share in (0.3, 0.5, 0.9, 0.99)},
    "jpeg in grey": GREY_JPEG[: len(GREY_JPEG) // 2] + CUT,
    "jpeg in CMYK": CMYK_JPEG[: len(CMYK_JPEG) // 2] + CUT,
    "jpeg with damage in the middle": JPEG[:1500] + NOISE + JPEG[1560:],
    "jpeg with a tail": JPEG[: len(JPEG) // 2] + CUT + b"something else",
    "progressive": PROGRESSIVE[: len(PROGRESSIVE) // 2] + CUT,
    "progressive, between two scans": PROGRESSIVE[:LAST_SCAN] + CUT,
    "progressive, in the last scan": PROGRESSIVE[: (LAST_SCAN + len(PROGRESSIVE)) // 2] + CUT,
    "png without its middle": PNG[: len(PNG) // 2] + PNG[-12:],
    "png with damage": PNG[:200] + b"\0\1" + PNG[202:],
    "tiff with damage": LZW[:300] + bytes(40) + LZW[340:],
    "tiff cut off": LZW[:5000],
    "webp cut off": encoded(RGB, "webp")[:900],
    "jpeg2000 cut off": encoded(RGB, "jpeg2000")[:4000],
}
WHOLE = {
    "jpeg": JPEG,
    "progressive": PROGRESSIVE,
    "a few bytes too many": JPEG[:-2] + b"abc" + CUT,
    "padding": JPEG[:-2] + bytes(900) + CUT,
    "a tail": PROGRESSIVE + b"tail",
    "a bad profile": with_chunk(PNG, b"iCCP", b"icc\0\0" + zlib.compress(b"nonsense" * 20)),
    "a damaged comment": with_chunk(PNG, b"tEXt", b"\xff" * 9),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_told_in_our_words_and_in_no_others(name, capfd, recwarn):
    with pytest.raises(DatasetError, match=r"a\.jpg: (the image is truncated or damaged \(.+\); |is not an image)"):
        decoded(DAMAGED[name], "a.jpg")
    with pytest.raises((DatasetError, OSError)):  # Pillow itself may refuse to open it
        from_pillow(Image.open(io.BytesIO(DAMAGED[name])), "a.jpg")
    assert capfd.readouterr() == ("", "")
    assert not [each for each in recwarn if "Corrupt EXIF" not in str(each.message)]  # from our own Image.open


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_only_untidy_is_read_and_nothing_is_said(name, capfd):
    assert np.abs(decoded(WHOLE[name], name).astype(int) - RGB).mean() < 6
    assert capfd.readouterr() == ("", "")


def test_damage_is_found_among_others_in_many_threads(capfd):
    pictures = [JPEG, DAMAGED["jpeg cut at 50%"], PROGRESSIVE, WHOLE["a bad profile"]] * 40

    def is_whole(data):
        try:
            return bool(decoded(data, "a").size)
        except DatasetError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(is_whole, pictures)) == [True, False, True, True] * 40
    assert capfd.readouterr() == ("", "")


KINDS = ("jpeg", "png", "webp", "gif", "bmp", "jpeg2000", "tga", "ppm", "ico", "pcx")
PACKED = ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")


@pytest.mark.parametrize("kind", [*KINDS, *PACKED])
def test_whatever_is_damaged_somewhere_is_read_or_refused_and_nothing_else_is_said(kind, capfd):
    whole = encoded(RGB, "tiff", compression=kind) if kind in PACKED else encoded(RGB, kind)
    rng = np.random.default_rng(len(kind))
    for _ in range(25):
        data = bytearray(whole)
        where = rng.integers(0, len(data) if rng.random() < 0.5 else 200, 3)
        if rng.random() < 0.5:
            for each in where:
                data[each] = rng.integers(256)
        else:
            data[where.min() : where.max()] = rng.integers(0, 256, 30, dtype=np.uint8).tobytes()
        try:
            found = decoded(bytes(data), "a")
            assert (found.dtype, found.ndim, found.shape[2]) == (np.uint8, 3, 3)
        except DatasetError as error:
            assert str(error).startswith("a: ")  # noqa: PT017 -- it may also be read
    assert capfd.readouterr() == ("", "")
