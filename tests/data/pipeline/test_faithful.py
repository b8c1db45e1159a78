"""One reader for files, bytes and images of Pillow's: what every mode means, and what is refused."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.data.written_images import GREY, GREY3, GREY16, RGB, by_opencv, encoded, tiff
from zoo_core.common.errors import DatasetError
from zoo_core.data.pipeline.images import decoded, from_pillow, size_of

UNIT = (GREY / 255).astype(np.float32)
UNIT3 = (RGB / 255).astype(np.float32)
UNIT4 = np.dstack([UNIT3, UNIT])
EXACT = {
    "png of 16 bits": (by_opencv(GREY16, ".png"), GREY3),
    "png of 16 bits with a tail": (by_opencv(GREY16, ".png") + b"tail", GREY3),
    "png of 16 bits in colour": (by_opencv(RGB.astype(np.uint16) * 257, ".png"), RGB),
    "png with a tail": (encoded(RGB, "png") + b"tail", RGB),
    "pgm of 16 bits": (b"P5 128 96 65535\n" + GREY16.astype(">u2").tobytes(), GREY3),
    "tiff of 16 bits": (by_opencv(GREY16, ".tif"), GREY3),
    "tiff of 16 bits in colour": (by_opencv(RGB.astype(np.uint16) * 257, ".tif"), RGB),
    "tiff of 16 bits, big-endian": (tiff(GREY16, order=">"), GREY3),
    "tiff of 16 bits, white is zero": (tiff(~GREY16, photometric=0), GREY3),
    "tiff of 12 bits": (tiff(GREY16 >> 4, bits=12), GREY3),
    "tiff of 16 bits, in tiles": (tiff(GREY16, tile=16), GREY3),
    "tiff of 8 bits, in planes": (tiff(RGB, samples=3, photometric=2, planar=2), RGB),
    "tiff of fractions": (tiff(UNIT, form=3), GREY3),
    "tiff of fractions, big-endian": (tiff(UNIT, order=">", form=3), GREY3),
    "tiff of fractions, in tiles": (tiff(UNIT, tile=32, form=3), GREY3),
    "tiff of fractions, white is zero": (tiff(1 - UNIT, photometric=0, form=3), GREY3),
    "tiff of floats to 255": (tiff(GREY.astype(np.float32), form=3), GREY3),
    "tiff of floats to 65535": (tiff(GREY16.astype(np.float32), form=3), GREY3),
    "tiff of 32 bits": (tiff(GREY16.astype(np.int32), form=2), GREY3),
    "tiff in CMYK": (encoded(Image.fromarray(RGB).convert("CMYK"), "tiff"), RGB),
    "webp": (encoded(RGB, "webp", lossless=True), RGB),
    "jpeg2000": (encoded(RGB, "jpeg2000"), RGB),
}


@pytest.mark.parametrize("name", EXACT)
def test_numbers_of_every_width_are_read_as_a_png_of_16_bits_is(name):
    data, expected = EXACT[name]
    # The arithmetic of fractions may lose the last bit where the numbers are counted down from white.
    np.testing.assert_allclose(decoded(data, name).astype(int), expected, atol="fractions, white" in name)
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(from_pillow(image, name), decoded(data, name))
        image.load()
        np.testing.assert_array_equal(from_pillow(image, name), decoded(data, name))


def packed(pixels) -> bytes:
    """In Deflate, by OpenCV."""
    return cv2.imencode(".tif", pixels[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 32946])[1].tobytes()


NOT_OF_PILLOW = {
    "fractions of 64 bits": (tiff(UNIT.astype(np.float64), form=3), GREY3),
    "fractions of 64 bits, white is zero": (tiff(1 - UNIT.astype(np.float64), photometric=0, form=3), GREY3),
    "fractions in colour": (tiff(UNIT3, samples=3, photometric=2, form=3), RGB),
    "fractions in colour, big-endian": (tiff(UNIT3, order=">", samples=3, photometric=2, form=3), RGB),
    "fractions in colour, in tiles": (tiff(UNIT3, tile=16, samples=3, photometric=2, form=3), RGB),
    "fractions in colour, packed": (packed(UNIT3), RGB),
    "fractions in colour, with alpha": (tiff(UNIT4, samples=4, photometric=2, form=3, extra=[(338, 3, [2])]), RGB),
    "floats in colour to 65535": (tiff(UNIT3 * 65535, samples=3, photometric=2, form=3), RGB),
    "fractions in colour, turned": (
        tiff(np.rot90(UNIT3), samples=3, photometric=2, form=3, extra=[(274, 3, [6])]),
        RGB,
    ),
}


@pytest.mark.parametrize("name", NOT_OF_PILLOW)
def test_floating_point_numbers_that_pillow_does_not_read(name, tmp_path):
    data, expected = NOT_OF_PILLOW[name]
    np.testing.assert_allclose(decoded(data, name).astype(int), expected, atol="white" in name)
    (tmp_path / "a.tif").write_bytes(data)
    assert size_of(tmp_path / "a.tif") == expected.shape[:2]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (
            tiff(UNIT - 0.2, form=3),
            r"float32 from -0\.2 to 0\.776471, and what black and white are",
        ),
        (tiff(UNIT * 1e6, form=3), "what black and white are is not known; scale them to 0 to 1"),
        (tiff(np.where(GREY > 99, np.nan, UNIT).astype(np.float32), form=3), "float32 from nan to nan"),
        (tiff((GREY16 - 99).astype(np.int32) * 1000, form=2), "is not known"),
        (by_opencv(UNIT3, ".tif"), "in a format that cannot be read; save it as JPEG or PNG"),  # of luminances
        (tiff(UNIT3, samples=3, photometric=2, planar=2, form=3), "in a format that cannot be read"),
        (tiff(UNIT3.astype(np.float16), samples=3, photometric=2, form=3), "in a format that cannot be read"),
        (tiff(UNIT3 - 0.2, samples=3, photometric=2, form=3), "what black and white are is not known"),
        (tiff(UNIT3, samples=3, photometric=2, form=3)[:-9000], "truncated or damaged"),
        (encoded(Image.merge("LAB", Image.fromarray(RGB).split()), "tiff"), "is in CIELAB"),
    ],
)
def test_what_cannot_be_read_faithfully_is_refused(data, why):
    with pytest.raises(DatasetError, match=why):
        decoded(data, "a.tif")


PILLOW = {
    "L": GREY3,
    "LA": GREY3,
    "RGB": RGB,
    "RGBA": RGB,
    "RGBX": RGB,
    "CMYK": RGB,
    "YCbCr": RGB,
    "HSV": RGB,
    "P": None,
    "1": None,
}


@pytest.mark.parametrize("mode", PILLOW)
def test_images_of_pillow_are_read_by_their_mode(mode):
    image = Image.fromarray(GREY if mode in ("L", "LA") else RGB).convert(mode)
    expected = PILLOW[mode] if PILLOW[mode] is not None else np.asarray(image.convert("RGB"))
    assert np.abs(from_pillow(image, "image").astype(int) - expected).mean() < 2.5  # HSV and YCbCr round


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L"])
def test_images_of_pillow_with_16_bits(mode):
    values = GREY16.astype(">u2" if mode.endswith("B") else "<u2")
    image = Image.frombytes(mode, (128, 96), values.tobytes())
    np.testing.assert_array_equal(from_pillow(image, "image"), GREY3)


@pytest.mark.parametrize(("mode", "straight"), [("RGBa", "RGBA"), ("La", "LA")])
def test_colours_that_were_multiplied_by_alpha_are_divided_again(mode, straight):
    image = Image.new(straight, (4, 3), (200, 100, 40, 128) if straight == "RGBA" else (200, 128))
    expected = np.asarray(image.convert("RGB")).astype(int)
    np.testing.assert_allclose(from_pillow(image.convert(mode), "image"), expected, atol=2)


def test_an_image_of_pillow_without_pixels_is_refused():
    for size in ((0, 0), (0, 5)):
        with pytest.raises(DatasetError, match=f"is an image of {size[0]}x{size[1]} pixels"):
            from_pillow(Image.new("RGB", size), "the PIL image")


def test_cmyk_is_not_taken_for_inverted():
    """Adobe writes the absence of ink and marks it; others write ink. OpenCV takes all for the first."""
    data = encoded(Image.fromarray(RGB).convert("CMYK"), "jpeg", quality=100)
    marker = data.index(b"\xff\xee\0\x0eAdobe")
    for each in (data, data[:marker] + data[marker + 16 :]):
        with Image.open(io.BytesIO(each)) as image:
            expected = np.asarray(image.convert("RGB"))
        np.testing.assert_array_equal(decoded(each, "a.jpg"), expected)
    assert np.abs(decoded(data, "a.jpg").astype(int) - RGB).mean() < 3


def test_an_image_that_pillow_was_told_to_shrink_stays_small():
    image = Image.open(io.BytesIO(encoded(RGB, "jpeg")))
    image.draft("RGB", (32, 24))
    assert from_pillow(image, "a").shape == (24, 32, 3)


def test_only_one_warning_of_a_large_image_is_ours(monkeypatch, recwarn):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    assert decoded(encoded(RGB, "png"), "a").shape == RGB.shape
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000)
    with pytest.raises(DatasetError, match="is larger than the limit for an image"):
        decoded(encoded(RGB, "png"), "a")
    assert not list(recwarn)
