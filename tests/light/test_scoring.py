"""An exported detector is scored where there is no plugin and no MXNet: what its data needs is in the core."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not (find_spec("onnxruntime") and find_spec("cv2")), reason="tests/light/run installs zoo-core[onnx]"
)
HERE = Path(__file__).parent
MODEL = HERE / "detector.onnx"
CLASSES = ["circle", "square", "triangle"]
NO_PLUGIN = "tinyssd,gluoncv-ssd"


@pytest.fixture
def pictures(tmp_path):
    """A COCO data set, of which the truth is what MXNet found in its pictures."""
    import cv2

    sys.path.insert(0, str(HERE))
    try:
        from test_exported import EXPECTED, PICTURES
    finally:
        sys.path.remove(str(HERE))
    (tmp_path / "annotations").mkdir()
    (tmp_path / "val").mkdir()
    images, annotations = [], []
    for number, (pixels, found) in enumerate(zip(PICTURES, json.loads(EXPECTED.read_text()), strict=True)):
        cv2.imwrite(str(tmp_path / "val" / f"{number}.png"), pixels[:, :, ::-1])
        height, width = pixels.shape[:2]
        images.append({"id": number, "file_name": f"{number}.png", "height": height, "width": width})
        for (x1, y1, x2, y2), name in zip(found["boxes"], found["names"], strict=True):
            box = [x1, y1, x2 - x1, y2 - y1]
            category = CLASSES.index(name) + 1
            common = {"id": len(annotations) + 1, "image_id": number, "area": box[2] * box[3], "iscrowd": 0}
            annotations.append({**common, "category_id": category, "bbox": box})
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES, 1)]
    table = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "annotations" / "instances_val.json").write_text(json.dumps(table))
    return tmp_path


def run(monkeypatch, *arguments):
    monkeypatch.setenv("ZOO_BLOCK", NO_PLUGIN)
    program = Path(sys.executable).with_name("zoo")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_it_is_scored_on_a_folder_and_its_report_has_its_configuration(pictures, tmp_path, monkeypatch):
    done = run(monkeypatch, "eval", MODEL, "--data", pictures, "--json", "--report", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["map_voc07"] == pytest.approx(1)
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "name: multibox_prior" in page
    assert "exported by" in page


@pytest.mark.slow
def test_its_own_data_set_needs_no_part_and_can_be_elsewhere(monkeypatch):
    done = run(monkeypatch, "eval", MODEL)
    assert done.returncode == 2
    assert "its data set is not known; give it with --data FOLDER" in done.stderr
    done = run(monkeypatch, "eval", MODEL, "--set", "nms.score=0.2")
    assert "all settings of an exported file are fixed" in done.stderr


def test_a_data_set_is_opened_by_classes_and_data_alone(pictures):
    import zoo_core as zoo

    data = {"name": "coco", "root": str(pictures), "train": "val", "validation": "val"}
    table = {"classes": CLASSES, "data": data, "backbone": "of a package that is not here"}
    assert len(zoo.dataset(table)) == 3
    with pytest.raises(zoo.ConfigError, match=r"configuration: 2 problems\n  classes: should be a list of names"):
        zoo.dataset({"classes": "circle", "data": {**data, "rot": 1}})
    with pytest.raises(zoo.ConfigError, match="data: is required for this"):
        zoo.dataset({"classes": CLASSES})
