"""RecordIO without MXNet, held to what MXNet writes and reads."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from tests.data.conftest import CLASSES, image_record, packed, picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.recordio import RecordIOReader
from zoo_core.data.settings import RecordIOSettings
from zoo_core.engines.gluon.compatibility import import_quietly

mx = import_quietly("mxnet")

LABEL = (2, 5, 0, 0.125, 0.25, 0.5, 0.75)
PNG = cv2.imencode(".png", picture("a")[:, :, ::-1])[1].tobytes()
MAGIC = struct.pack("<I", 0xCED7230A)


def train(root):
    return RecordIOReader(RecordIOSettings(root=root, classes=CLASSES)).train(CLASSES)


@pytest.fixture
def read(tmp_path):
    """Opens the training split of these bytes."""

    def write(content):
        (tmp_path / "train.rec").write_bytes(content)
        return train(tmp_path)

    return write


@pytest.mark.filterwarnings("ignore:tostring:DeprecationWarning")  # MXNet's own
def test_what_mxnet_packs_is_read_as_mxnet_reads_it(tmp_path):
    rng = np.random.default_rng(0)
    path = str(tmp_path / "train.rec")
    record = mx.recordio.MXIndexedRecordIO(str(tmp_path / "train.idx"), path, "w")
    for number in range(5):
        corners = np.sort(rng.uniform(0, 1, (number + 1, 2, 2)), axis=1).reshape(-1, 4)
        objects = np.concatenate([rng.integers(0, 2, (number + 1, 1)), corners], axis=1)
        header = mx.recordio.IRHeader(0, [2, 5, *objects.ravel()], number, 0)
        image = cv2.imencode(".png", picture(str(number))[:, :, ::-1])[1].tobytes()
        record.write_idx(number, mx.recordio.pack(header, image))
    record.close()
    reference = mx.image.ImageDetIter(1, (3, 60, 80), path_imgrec=path, path_imgidx=str(tmp_path / "train.idx"))
    dataset = train(tmp_path)
    assert len(dataset) == 5
    for sample in dataset:
        label, image = reference.next_sample()
        objects = reference._parse_label(label)  # where MXNet knows the format of labels
        assert sample.labels.tolist() == objects[:, 0].astype(int).tolist()
        np.testing.assert_allclose(sample.boxes, objects[:, 1:5] * [80, 60, 80, 60], rtol=1e-6)
        assert np.array_equal(sample.image, reference.imdecode(image).asnumpy())


def test_a_record_that_holds_the_magic_number_is_put_together(tmp_path):
    # With an aligned magic number in it, MXNet writes a record in parts.
    image = np.frombuffer(MAGIC * (60 * 80 * 3 // 4), np.uint8).reshape(60, 80, 3)
    label = struct.pack("<7f", *LABEL)
    bitmap = cv2.imencode(".bmp", image)[1].tobytes()
    writer = mx.recordio.MXRecordIO(str(tmp_path / "train.rec"), "w")
    writer.write(struct.pack("<IfQQ", 7, 0, 0, 0) + label + bitmap)
    writer.write(struct.pack("<IfQQ", 7, 0, 0, 0) + label + PNG + MAGIC * 3)
    writer.close()
    assert (tmp_path / "train.rec").read_bytes().count(MAGIC) > 2
    dataset = train(tmp_path)
    assert np.array_equal(dataset[0].image, image[:, :, ::-1])
    assert np.array_equal(dataset[1].image, picture("a"))


def test_fillers_difficult_objects_and_headers(read):
    label = (4, 6, 60, 80, 1, 0.1, 0.2, 0.5, 0.6, 1, -1, -1, -1, -1, -1, -1)
    sample = read(packed(image_record(label, PNG)))[0]
    assert (sample.labels.tolist(), sample.difficult.tolist()) == ([1], [True])
    assert sample.image_id == "train/0"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ((), "has no detection label; pack it with im2rec --pack-label"),
        ((0.0,), "has no detection label"),
        ((2, 5, 0, 0.1, 0.2, 0.3), "which do not fit"),
        ((2, 4, 0, 0.1, 0.2, 0.3), "an object has at least 5 numbers"),
        ((1, 5, 0, 0.1, 0.2, 0.3), "which do not fit"),
        ((1e9, 5, 0, 0.1, 0.2, 0.3), "which do not fit"),
        ((float("nan"), 5, 0, 0.1, 0.2, 0.3), "which do not fit"),
        ((2, float("inf"), 0, 0.1, 0.2, 0.3), "which do not fit"),
    ],
)
def test_a_label_that_cannot_be_used_is_refused(read, label, said):
    with pytest.raises(DatasetError, match=rf"train\.rec: record 1: .*{said}"):
        read(packed(image_record(LABEL, PNG)) + packed(image_record(label, PNG)))


GOOD = packed(image_record(LABEL, PNG))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"text, and no records", "is not a RecordIO file, or is damaged, at byte 0"),
        (GOOD + b"x", f"at byte {len(GOOD)}"),
        (GOOD[:-100], "is truncated or damaged: the record at byte 0"),
        (MAGIC + struct.pack("<I", (1 << 29) - 1), "is truncated or damaged"),
        (MAGIC + struct.pack("<I", 2 << 29), "is truncated or damaged"),
        (MAGIC + struct.pack("<I", 1 << 29), "its last record has no end"),
        (packed(b"short"), "record 0: is too short to be an image record"),
        (packed(struct.pack("<IfQQ", 0xFFFFFFFF, 0, 0, 0)), "promises a label of 4294967295 numbers"),
        (packed(struct.pack("<IfQQ", 1000, 0, 0, 0)), "promises a label of 1000 numbers"),
    ],
)
def test_a_file_that_is_damaged_or_hostile_is_refused(read, content, said):
    with pytest.raises(DatasetError, match=said):
        read(content)


def test_a_box_that_is_no_numbers_is_left_out(read):
    dataset = read(packed(image_record((*LABEL, 1, 0, float("nan"), 1, 1), PNG)))
    assert ["record 0, object 2 (dog): (0, nan) to (1, 1) is not a box" in line for line in dataset.problems] == [True]


def test_numbers_of_classes_without_a_name_are_told(read):
    with pytest.raises(DatasetError, match=r"not configured: class 2, class 0\.5"):
        read(packed(image_record((2, 5, 2, 0, 0, 1, 1, 0.5, 0, 0, 1, 1, 0, 0, 0, 1, 1), PNG)))


def test_what_is_no_image_is_named_by_its_record(read):
    dataset = read(packed(image_record(LABEL, b"no image")))
    with pytest.raises(DatasetError, match=r"train\.rec: record 0: is not an image"):
        dataset[0]
