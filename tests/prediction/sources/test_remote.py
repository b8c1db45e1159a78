"""Pictures on file systems that fsspec reaches."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from zoo_core.common.errors import DatasetError, MissingPackageError
from zoo_core.prediction.sources import addresses
from zoo_core.prediction.sources.finding import Inputs, is_one_picture
from zoo_core.prediction.sources.given import each_image
from zoo_core.prediction.sources.remote import is_remote

PIXELS = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
CONTENT = cv2.imencode(".png", PIXELS[:, :, ::-1])[1].tobytes()


@pytest.fixture(autouse=True)
def store(monkeypatch):
    """A file system in memory, which is empty afterwards."""
    monkeypatch.setattr(MemoryFileSystem, "store", {})
    monkeypatch.setattr(MemoryFileSystem, "pseudo_dirs", [""])
    system = MemoryFileSystem()
    for name in ("b.png", "a.PNG", "deep/c.png", "deep/.hidden/d.png", ".e.png", "notes.txt", "odd\\..name.png"):
        system.pipe(f"/photos/{name}", b"words" if name.endswith(".txt") else CONTENT)
    return system


def names(*arguments):
    return [each.name for each in Inputs(arguments)]


def test_what_is_in_a_folder_is_found_in_order():
    found = ["memory:///photos/a.PNG", "memory:///photos/b.png", "memory:///photos/deep/c.png"]
    assert names("memory://photos")[:3] == found
    assert names("memory://photos/deep", "memory://photos/b.png") == [found[2], "memory://photos/b.png"]


def test_patterns_match_files_at_any_depth():
    assert names("memory://photos/*.png")[0] == "memory:///photos/b.png"
    assert "memory:///photos/deep/c.png" in names("memory://photos/**/*.png")


def test_archives_are_folders(store):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("in/x.png", CONTENT)
    store.pipe("/a.zip", archive.getvalue())
    assert names("zip://in::memory://a.zip") == ["zip://in/x.png::memory://a.zip"]
    [image] = each_image(["zip://in/x.png::memory://a.zip"])
    np.testing.assert_array_equal(image.read_now().pixels, PIXELS)


def test_places_stay_in_the_folder_of_the_results(store):
    store.pipe("/photos/deep/\x00.png", CONTENT)
    places = [each.place for each in Inputs(["memory://photos"])]
    assert Path("deep/c.png") in places
    assert not any(part in ("..", "") or "\\" in part or "\x00" in part for each in places for part in each.parts)


def test_pictures_are_read_like_files():
    [image] = each_image(["memory://photos/b.png"])
    assert image.read_now().error is None
    np.testing.assert_array_equal(image.pixels, PIXELS)
    assert len(list(each_image(["memory://photos/deep"]))) == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("memory://photos/none.png", "memory://photos/none.png: no such file"),
        ("memory://photos/notes.txt", "memory://photos/notes.txt: .*image"),
        ("nosuch://x/y.png", "nosuch://x/y.png: cannot be fetched: Protocol not known: nosuch"),
        ("memory://photos/b.png", "memory://photos/b.png: is too large to be fetched"),
    ],
)
def test_what_cannot_be_read_is_told(name, told, monkeypatch):
    if "large" in told:
        monkeypatch.setattr(addresses, "MOST_BYTES", 10)
    [image] = each_image([name])
    assert isinstance(image.read_now().error, DatasetError)
    assert re.match(told, str(image.error))


def test_an_empty_folder_and_a_package_that_is_missing_are_told(store, monkeypatch):
    store.mkdir("/nothing")
    with pytest.raises(DatasetError, match=r"memory://nothing: no images are there"):
        Inputs(["memory://nothing"])
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingPackageError, match=r"zoo-core\[cluster\]"):
        Inputs(["memory://photos"])


def test_what_has_a_name_of_that_kind():
    assert all(map(is_remote, ("s3://bucket/x.png", "GS://b", "zip://x.png::s3://b/a.zip", "file:///x.jpg")))
    assert not any(map(is_remote, ("https://example.org/x.jpg", "x.jpg", "C:/x.jpg", "-", "a::b")))
    assert is_one_picture("s3://bucket/x.png")
    assert not is_one_picture("s3://bucket/photos")
    assert not is_one_picture("s3://bucket/*.png")
