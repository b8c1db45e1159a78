from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFile

from zoo_core.common.errors import DatasetError
from zoo_core.data.pipeline.images import read_image

COLORS = np.array([[[250, 0, 0], [0, 250, 0], [0, 0, 250]]], np.uint8).repeat(16, 0).repeat(16, 1)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(("kind", "tolerance"), [("png", 0), ("jpeg", 12), ("bmp", 0), ("webp", 12)])
def test_channels_are_red_green_blue(tmp_path, kind, tolerance):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(encoded(Image.fromarray(COLORS), kind, quality=100, subsampling=0))
    image = read_image(path)
    assert image.shape == COLORS.shape
    assert image.dtype == np.uint8
    assert image.flags["C_CONTIGUOUS"]
    assert np.abs(image[8, 8::16].astype(int) - COLORS[8, 8::16]).max() <= tolerance


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK"])
def test_every_kind_of_pixel_becomes_rgb(tmp_path, mode):
    kind = "tiff" if mode == "CMYK" else "png"
    path = tmp_path / f"a.{kind}"
    path.write_bytes(encoded(Image.new("RGB", (6, 4), (255, 255, 255)).convert(mode), kind))
    assert np.array_equal(read_image(path), np.full((4, 6, 3), 255, np.uint8))


@pytest.mark.parametrize("kind", ["jpeg", "tiff"])
def test_a_picture_lying_on_its_side_is_turned_upright(tmp_path, kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / f"a.{kind}"
    path.write_bytes(encoded(Image.fromarray(COLORS), kind, exif=exif))
    assert read_image(path).shape == (48, 16, 3)


def test_a_path_beyond_ascii_is_read(tmp_path):
    path = tmp_path / "bläck 猫.png"
    path.write_bytes(encoded(Image.fromarray(COLORS), "png"))
    assert np.array_equal(read_image(str(path)), COLORS)


def whole(kind: str) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return encoded(Image.fromarray(noise), kind)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello, this is text", "is not an image"),
        (whole("jpeg")[:-500], "truncated or damaged"),
        (whole("png")[:-500], "truncated or damaged"),
        (whole("bmp")[:-500], "truncated or damaged"),
        (whole("jpeg")[:20], "is not an image|truncated or damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xaeB`\x82", "is not an image|truncated or damaged"),
    ],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_what_is_no_whole_image_is_named(tmp_path, monkeypatch, content, message, lenient):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)  # what GluonCV sets when it is imported
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=message) as raised:
        read_image(path)
    assert str(path) in str(raised.value)


def test_a_jpeg_with_something_after_its_end_is_read(tmp_path):
    path = tmp_path / "tail.jpg"
    path.write_bytes(whole("jpeg") + b"\0\0trailer")
    assert read_image(path).shape == (64, 64, 3)


def test_a_missing_file_and_a_near_one(tmp_path):
    cv2.imwrite(str(tmp_path / "cells.png"), COLORS)
    with pytest.raises(DatasetError, match=r"cels\.png: no such file; did you mean 'cells\.png'\?"):
        read_image(tmp_path / "cels.png")
    with pytest.raises(DatasetError, match="no such file"):
        read_image(tmp_path / "nowhere" / "cells.png")
    with pytest.raises(DatasetError, match="is a folder"):
        read_image(tmp_path)


def test_an_image_of_absurd_size_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = tmp_path / "large.bmp"
    path.write_bytes(whole("bmp"))
    with pytest.raises(DatasetError, match="is larger than the limit for an image"):
        read_image(path)
