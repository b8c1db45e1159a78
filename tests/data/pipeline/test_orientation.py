"""How an image is turned is one rule, whatever says it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.data.written_images import GREY3, GREY16, RGB, encoded, tiff, with_chunk
from zoo_core.data.pipeline.images import decoded, from_pillow, header_of, read_image, size_of

PNG = encoded(RGB, "png")
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="{}"/></rdf:RDF></x:xmpmeta>'
)


def exif(turned):
    found = Image.Exif()
    found[0x0112] = turned
    return found


def in_xmp(turned) -> bytes:
    return XMP.format(turned).encode()


def late_exif(turned) -> bytes:
    """A PNG that says it behind its pixels."""
    return with_chunk(PNG, b"eXIf", exif(turned).tobytes().removeprefix(b"Exif\0\0"), at=len(PNG) - 12)


def in_itxt(turned) -> bytes:
    return with_chunk(PNG, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + in_xmp(turned))


CARRIERS = {
    "jpeg": lambda turned: encoded(RGB, "jpeg", exif=exif(turned)),
    "jpeg with xmp": lambda turned: encoded(RGB, "jpeg", xmp=in_xmp(turned)),
    "png": lambda turned: encoded(RGB, "png", exif=exif(turned)),
    "png behind its pixels": late_exif,
    "png with xmp": in_itxt,
    "webp": lambda turned: encoded(RGB, "webp", lossless=True, exif=exif(turned)),
    "webp with xmp": lambda turned: encoded(RGB, "webp", lossless=True, xmp=in_xmp(turned)),
    "tiff": lambda turned: tiff(RGB, samples=3, photometric=2, extra=[(274, 3, [turned])]),
    "tiff with xmp": lambda turned: tiff(RGB, samples=3, photometric=2, extra=[(700, 1, list(in_xmp(turned)))]),
    "tiff of 16 bits": lambda turned: tiff(GREY16, extra=[(274, 3, [turned])]),
}


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("carrier", CARRIERS)
def test_orientation_is_one_rule_for_pixels_and_sizes(tmp_path, carrier, turned):
    path = tmp_path / "turned"
    path.write_bytes(CARRIERS[carrier](turned))
    image = Image.fromarray(GREY3 if "16" in carrier else RGB)
    image.getexif()[0x0112] = turned
    expected = np.asarray(ImageOps.exif_transpose(image)).astype(int)
    found = read_image(path)
    assert found.flags["C_CONTIGUOUS"]
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < (9 if "jpeg" in carrier else 0.01)
    assert size_of(path) == found.shape[:2]
    header = header_of(io.BytesIO(path.read_bytes()), path)
    assert (header.orientation, header.size, header.size_as_it_lies) == (turned, found.shape[:2], (96, 128))
    # Of a file, and not of bytes, Pillow forgets to turn an uncompressed TIFF of 16 bits when it is asked to load it.
    with Image.open(io.BytesIO(path.read_bytes())) as opened:
        np.testing.assert_array_equal(from_pillow(opened, path), found)
        opened.load()
        np.testing.assert_array_equal(from_pillow(opened, path), found)


def test_exif_goes_before_xmp_and_nonsense_turns_nothing():
    assert decoded(encoded(RGB, "jpeg", exif=exif(3), xmp=in_xmp(6)), "a").shape == RGB.shape
    for wrong in (0, 9, 99):
        assert decoded(encoded(RGB, "jpeg", exif=exif(wrong)), "a").shape == RGB.shape
