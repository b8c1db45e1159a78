"""An exported detector where there is no MXNet, no plugin, and no image library: with its engine and any NumPy."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo

MODEL = Path(__file__).with_name("detector.onnx")
EXPECTED = Path(__file__).with_name("detector.json")


def picture(height, width):
    """Stripes, rings and a slope, made without chance: NumPy's may differ from one version to the next."""
    y, x = np.mgrid[:height, :width]
    planes = [255 * (x // 9 % 2), (x - width // 2) ** 2 + (y - height // 2) ** 2, 255 * y // height]
    return np.stack([plane % 256 for plane in planes], axis=-1).astype(np.uint8)


PICTURES = [picture(*size) for size in ((64, 96), (150, 90), (33, 200))]

pytestmark = pytest.mark.skipif(find_spec("onnxruntime") is None, reason="tests/light/run installs it")


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_it_finds_what_mxnet_found(engine):
    if find_spec(engine) is None:
        pytest.skip("is not installed")
    detector = zoo.load(MODEL, engine=engine)
    assert detector.class_names == ("circle", "square", "triangle")
    wanted = json.loads(EXPECTED.read_text(encoding="utf-8"))
    for found, each in zip(detector.predict(PICTURES), wanted, strict=True):
        assert found.names == each["names"]
        assert found.names
        np.testing.assert_allclose(found.scores, each["scores"], atol=1e-4)
        np.testing.assert_allclose(found.boxes, each["boxes"], atol=0.05)


def test_what_a_file_says_of_itself_is_read_without_its_plugins():
    description = zoo.load(MODEL).description
    assert description.configuration["backbone"]["name"] == "tinyssd"
    assert (str(description.input_size), description.outputs) == ("64x96", "boxes")


@pytest.mark.skipif(find_spec("zoo_tinyssd") is not None, reason="the plugins are here; tests/light/run does without")
def test_a_configuration_whose_plugin_is_missing_names_it():
    with pytest.raises(zoo.ConfigError, match="is in the package zoo-tinyssd, which is not installed: pip install "):
        _ = zoo.load(MODEL).config


@pytest.mark.skipif(find_spec("cv2") is not None, reason="the image libraries are here; tests/light/run does without")
def test_files_say_what_they_need():
    with pytest.raises(zoo.MissingPackageError, match=r"zoo-core\[images\]"):
        zoo.load(MODEL).predict("picture.jpg")
    program = Path(sys.executable).with_name("zoo")
    done = subprocess.run([program, "predict", MODEL, "a.jpg"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "zoo-core[images]" in done.stderr
    assert "Traceback" not in done.stderr
