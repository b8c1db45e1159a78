"""A name that is composed in an annotation finds the file whose name is decomposed, and the other way round."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import pytest

import zoo_core as zoo
from tests.data.conftest import CLASSES, picture
from zoo_core.common.unicode_names import as_it_is_called
from zoo_core.data.checks.checking import check_reader
from zoo_core.data.pipeline.images import read_image
from zoo_core.registry.registry import make

NAME = "caf\u00e9 n\u00famero"
SCENE = {
    "train": {NAME: [("cat", (10, 20, 30, 40)), ("dog", (0, 0, 80, 60))]},
    "val": {"b": [("dog", (5, 15, 25, 45))]},
}


def respelt(folder: Path, form: str, *suffixes: str) -> None:
    """Name the files below a folder in a normal form."""
    for path in list(folder.rglob("*")):
        if path.suffix in suffixes:
            path.rename(path.with_name(unicodedata.normalize(form, path.name)))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("suffixes", [(".png",), (".txt", ".xml"), (".png", ".txt", ".xml")])
@pytest.mark.parametrize("name", ["voc", "coco", "yolo", "csv"])
def test_files_are_found_in_either_spelling(tmp_path, formats, name, form, suffixes):
    for written in ("NFC", "NFD"):
        root = tmp_path / written
        root.mkdir()
        scene = {
            split: {unicodedata.normalize(written, each): objects for each, objects in pictures.items()}
            for split, pictures in SCENE.items()
        }
        formats[name].write(root, scene)
        respelt(root, form, *suffixes)
        settings = formats[name].settings(root)
        reader = make(settings)
        sample = reader.train(CLASSES)[0]
        assert len(sample.boxes) == 2
        assert not check_reader(reader, CLASSES).faults


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_folders_and_pictures_are_found_in_either_spelling(tmp_path, form):
    here = tmp_path / unicodedata.normalize(form, "Å") / unicodedata.normalize(form, "é.png")
    here.parent.mkdir()
    here.write_bytes(cv2.imencode(".png", picture("e")[:, :, ::-1])[1].tobytes())
    for other in ("NFC", "NFD"):
        asked = tmp_path / unicodedata.normalize(other, "Å") / unicodedata.normalize(other, "é.png")
        np.testing.assert_array_equal(read_image(asked), picture("e"))
        assert os.fsencode(as_it_is_called(asked)) == os.fsencode(here)
    assert as_it_is_called(tmp_path / "ö") == tmp_path / "ö"
    with pytest.raises(zoo.DatasetError, match="no such file"):
        read_image(here.with_name("è.png"))
