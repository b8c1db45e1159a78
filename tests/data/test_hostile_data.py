"""Data that was made to do harm: it is told, in little memory and time."""

from __future__ import annotations

import io
import json
import os
import resource
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from tests.data.conftest import CLASSES, image_record, packed, picture, write_coco
from zoo_core.common.errors import DatasetError
from zoo_core.data.checks.checking import check_data
from zoo_core.registry.registry import make


def flat_png(width, height):
    """A PNG of one colour that promises so many pixels, and holds them, in few bytes."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    compressor, rows = zlib.compressobj(9), bytes(width // 8 + 1) * 1000
    data = b"".join(compressor.compress(rows) for _ in range(height // 1000)) + compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
) + "]><annotation>&i;</annotation>"  # fmt: skip

MEASURED = """
import json, resource, sys, warnings
warnings.simplefilter("ignore")
from zoo_core.data.checks.checking import check_data
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
faults = [fault.line for fault in check_data(sys.argv[1], class_names=["cat", "dog"]).faults]
print(json.dumps([faults, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024]))
"""


def measured(root):
    """What is told, and by how many MB memory grew; in a process of its own."""
    done = subprocess.run([sys.executable, "-c", MEASURED, root], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_images_that_are_bombs_are_refused_in_little_memory(tmp_path):
    write_coco(tmp_path)
    bomb = flat_png(20_000, 20_000)
    assert len(bomb) < 300_000
    (tmp_path / "train2017" / "a.png").write_bytes(bomb)
    (tmp_path / "train2017" / "b.png").write_bytes(b"")
    os.truncate(tmp_path / "val2017" / "c.png", 1 << 40)  # takes no room on the disk
    faults, grown = measured(tmp_path)
    assert len(faults) == 3
    assert "a.png: is larger than the limit for an image" in faults[0]
    assert "b.png: is empty (0 bytes)" in faults[1]
    assert "c.png: is larger than the limit for an image (the file has 1099511627776 bytes" in faults[2]
    assert grown < 150


def test_annotations_that_are_bombs_are_refused_in_little_memory(tmp_path, formats):
    formats["voc"].write(tmp_path)
    (tmp_path / "Annotations" / "a.xml").write_text(BOMB)
    (tmp_path / "Annotations" / "b.xml").write_text("<annotation>" + "<object>" * 100_000)
    faults, grown = measured(tmp_path)
    assert "a.xml: declares a document type or entities" in faults[0]
    assert "b.xml: is not well-formed XML" in faults[1]
    assert grown < 150


def test_headers_that_promise_too_much_are_refused_in_little_memory(tmp_path):
    image = io.BytesIO()
    Image.fromarray(picture("a")).save(image, "png")
    good = packed(image_record((2, 5, 0, 0.1, 0.1, 0.5, 0.5), image.getvalue()))
    (tmp_path / "train.rec").write_bytes(good + packed(struct.pack("<IfQQ", 0xFFFFFFFF, 0, 0, 0)))
    (tmp_path / "val.rec").write_bytes(good + struct.pack("<II", 0xCED7230A, (1 << 29) - 1))
    faults, grown = measured(tmp_path)
    assert len(faults) == 2
    assert any("record 1: its header promises a label of 4294967295 numbers" in fault for fault in faults)
    assert any("val.rec: is truncated or damaged" in fault for fault in faults)
    assert grown < 150


def test_a_pipe_is_not_waited_for(tmp_path):
    write_coco(tmp_path)
    (tmp_path / "train2017" / "a.png").unlink()
    os.mkfifo(tmp_path / "train2017" / "a.png")
    assert [fault.kind for fault in check_data(tmp_path).faults] == ["missing image"]


ANNOTATIONS = {
    "csv": "train.csv",
    "openimages": "annotations/train-annotations-bbox.csv",
    "labelme": "train/a.json",
    "cvat": "annotations.xml",
    "datumaro": "annotations/train.json",
    "supervisely": "train/ann/a.png.json",
}
"""A file of annotations of each format that reads text without YAML, VOC's XML or COCO's JSON."""


def spoiled(name, formats, tmp_path):
    formats[name].write(tmp_path)
    return tmp_path / ANNOTATIONS[name]


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_a_pipe_among_the_annotations_is_not_waited_for(formats, tmp_path, name):
    path = spoiled(name, formats, tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert refused_by_both(tmp_path, name, formats).startswith(f"{path}: cannot be read: is a pipe")


@pytest.mark.parametrize("name", ANNOTATIONS)
@pytest.mark.parametrize("start", [b"", None])
def test_a_sparse_file_of_8_gb_is_refused_in_little_memory(formats, tmp_path, name, start):
    path = spoiled(name, formats, tmp_path)
    path.write_bytes(path.read_bytes() if start is None else start)
    os.truncate(path, 8 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refused_by_both(tmp_path, name, formats).startswith(f"{path}: cannot be read: has 8589934592 bytes")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


@pytest.mark.parametrize("name", ["csv", "openimages"])
def test_a_table_without_line_breaks_is_refused_in_little_memory(formats, tmp_path, name):
    path = spoiled(name, formats, tmp_path)
    os.truncate(path, 3 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refused_by_both(tmp_path, name, formats).startswith(f"{path}: is not CSV")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


@pytest.mark.parametrize("name", ANNOTATIONS)
@pytest.mark.parametrize("encoding", ["latin-1", "cp037"])
def test_another_encoding_is_told(formats, tmp_path, name, encoding):
    path = spoiled(name, formats, tmp_path)
    text = path.read_text().replace("cat", "Kätzchen").replace("xclick", "xclïck")
    path.write_bytes(text.replace("utf-8", "us-ascii").encode(encoding))
    assert refused_by_both(tmp_path, name, formats).startswith(f"{path}: is not ")


def refused_by_both(root, name, formats):
    """What training says; and that the check refuses the data in the same words."""
    with pytest.raises(DatasetError) as told:
        make(formats[name].settings(root)).train(CLASSES)
    assert checked(root, name) == (str(told.value), False)
    return str(told.value)


def checked(root, name):
    """The first that is told of a data set, and whether one can train on it."""
    try:
        report = check_data(root, name, CLASSES)
    except DatasetError as error:
        return str(error), False
    return str(report.faults[0]), report.can_train
