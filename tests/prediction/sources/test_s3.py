"""Pictures on S3, by pyarrow where s3fs is not installed, as the usual environment variables say where and who."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.s3_server import new_bucket, put, s3_server
from zoo_core.prediction.sources.finding import Inputs
from zoo_core.prediction.sources.given import each_image

pytest.importorskip("fsspec")
pytest.importorskip("pyarrow")
PIXELS = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
CONTENT = cv2.imencode(".png", PIXELS[:, :, ::-1])[1].tobytes()


@pytest.fixture
def bucket(monkeypatch):
    """One with pictures; its name."""
    with s3_server() as address:
        bucket = new_bucket(address, monkeypatch)
        for name in ("b.png", "a 1.png", "deep/c.png", ".hidden/d.png", "notes.txt"):
            put(address, f"{bucket}/photos/{name}", b"words" if name.endswith(".txt") else CONTENT)
        yield bucket


def names(*arguments):
    return [each.name for each in Inputs(arguments)]


def test_folders_patterns_and_pictures(bucket):
    photos = f"s3://{bucket}/photos"
    assert names(photos) == [f"{photos}/{name}" for name in ("a 1.png", "b.png", "deep/c.png")]
    assert names(f"{photos}/*.png") == [f"{photos}/a 1.png", f"{photos}/b.png"]
    for image in each_image([photos]):
        assert image.read_now().error is None
        np.testing.assert_array_equal(image.pixels, PIXELS)


def test_what_is_not_there_is_told(bucket):
    [image] = each_image([f"s3://{bucket}/photos/none.png"])
    assert str(image.read_now().error) == f"s3://{bucket}/photos/none.png: no such file"
    [image] = each_image(["s3://nobody-has-this/photos"])
    assert str(image.read_now().error).startswith("s3://nobody-has-this/photos: ")
