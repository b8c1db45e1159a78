"""Exported detectors on ONNX Runtime, which is all that they need."""

import subprocess
import sys

import numpy as np
import onnx
import pytest
from PIL import Image

import zoo_core as zoo
from zoo_core.common.errors import RunError


def assert_same(found, wanted):
    np.testing.assert_array_equal(found.labels, wanted.labels)
    np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-4)
    np.testing.assert_allclose(found.boxes, wanted.boxes, atol=0.05)


def test_it_finds_what_the_detector_finds_in_all_that_a_detector_takes(tiny, tiny_file, picture, tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(picture).save(path)
    exported = zoo.load(tiny_file)
    wanted = tiny.predict(picture)
    assert len(wanted) > 3
    for found in exported.predict([picture, Image.fromarray(picture), path, str(path)]):
        assert_same(found, wanted)
        assert found.names == wanted.names
    assert exported.predict(path).plot().shape == picture.shape
    assert exported.class_names == tiny.class_names
    assert exported.config == tiny.config


def test_pictures_of_different_sizes_come_back_in_their_order(tiny, tiny_file, picture):
    pictures = [picture, picture, picture[:40], picture[:, :50], picture[:, :50], picture]
    pictures = [np.ascontiguousarray(each) for each in pictures]
    for found, wanted in zip(zoo.load(tiny_file).stream(pictures, 4), tiny.stream(pictures, 4), strict=True):
        assert_same(found, wanted)


def test_settings_of_a_file_are_fixed(tiny_file):
    for arguments in ({"overrides": {"nms.score": 0.5}}, {"config": "tinyssd_shapes"}):
        with pytest.raises(RunError, match="all settings of an exported file are fixed"):
            zoo.load(tiny_file, **arguments)


def test_what_is_no_exported_detector_is_told(tiny_file, tmp_path):
    with pytest.raises(RunError, match="no such file"):
        zoo.load(tmp_path / "none.onnx")
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(tiny_file.read_bytes()[:5000])
    with pytest.raises(RunError, match="cannot read this file"):
        zoo.load(damaged)
    model = onnx.load(tiny_file)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "foreign.onnx")
    with pytest.raises(RunError, match="was not written by `zoo export`"):
        zoo.load(tmp_path / "foreign.onnx")


SCRIPT = """
import sys
class Absent:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
import numpy as np
import zoo_core as zoo
detector = zoo.load({path!r})
found = detector.predict(np.load({picture!r}))
print(len(found), *found.names)
try:
    detector.predict({picture!r})
except zoo.MissingPackageError as error:
    print(error)
"""


def test_arrays_need_onnxruntime_and_numpy_alone(tiny, tiny_file, picture, tmp_path):
    np.save(tmp_path / "picture.npy", picture)
    absent = {"mxnet", "gluoncv", "onnx", "cv2", "PIL", "supervision", "matplotlib", "grain", "scipy"}
    absent |= {"zoo_tinyssd", "zoo_gluoncv_ssd", "zoo_gluoncv_yolo", "zoo_gluoncv_centernet", "zoo_dense"}
    script = SCRIPT.format(absent=absent, path=str(tiny_file), picture=str(tmp_path / "picture.npy"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = tiny.predict(picture)
    first, second = done.stdout.splitlines()
    assert first == " ".join([str(len(found)), *found.names])
    assert "pip install 'zoo-core[images]'" in second
