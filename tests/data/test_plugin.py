from __future__ import annotations

import subprocess
import sys

import pytest

from zoo_core.common.errors import DatasetError
from zoo_core.config.loading import load_config
from zoo_core.data.opening import dataset
from zoo_core.data.promises import PromisedDataset
from zoo_core.data.settings import (
    SHAPES,
    CocoSettings,
    CsvSettings,
    CvatSettings,
    DatumaroSettings,
    LabelmeSettings,
    OpenImagesSettings,
    RecordIOSettings,
    ShapesSettings,
    SuperviselySettings,
    VocSettings,
    YoloSettings,
)
from zoo_core.registry.registry import default_registry, make


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("shapes", ShapesSettings),
        ("voc", VocSettings),
        ("coco", CocoSettings),
        ("yolo", YoloSettings),
        ("csv", CsvSettings),
        ("openimages", OpenImagesSettings),
        ("labelme", LabelmeSettings),
        ("cvat", CvatSettings),
        ("datumaro", DatumaroSettings),
        ("supervisely", SuperviselySettings),
        ("recordio", RecordIOSettings),
    ],
)
def test_the_readers_are_found_by_name(name, settings):
    component = default_registry().component("dataset", name)
    assert component.settings is settings
    assert component.summary.endswith(".")
    assert component.source
    assert default_registry().owner("dataset", name).distribution == "zoo-core"


def test_the_readers_are_made_from_their_settings(voc_root):
    assert len(make(ShapesSettings(train_images=3)).train(SHAPES)) == 3
    assert len(make(VocSettings(root=voc_root)).train(("RBC", "WBC", "Platelets"))) > 0


def test_a_data_set_that_is_nowhere_is_a_plain_error(tmp_path):
    with pytest.raises(DatasetError, match=r"no such folder; set data\.root"):
        make(VocSettings(root=tmp_path / "nowhere" / "voc")).train(["cat"])


@pytest.mark.slow  # `tests/rooms` has them with the others
def test_their_settings_are_light():
    script = (
        "import sys, zoo_core.data.plugin; print(sorted({'numpy', 'cv2', 'PIL', 'grain', 'mxnet'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_data_sets_represent_themselves_in_a_line(tmp_path, write_voc):
    classes = "2 classes (circle, square)"
    shapes = {"name": "shapes", "train_images": 1, "validation_images": 3}
    config = load_config("tinyssd_shapes", {"classes": ["circle", "square"], "data": shapes})
    assert repr(dataset(config)) == f"<ShapesDataset: 3 images, {classes}>"
    write_voc(tmp_path, {"a": [("circle", (1, 1, 9, 9))]})
    voc = load_config(config, {"data": {"name": "voc", "root": str(tmp_path)}})
    assert repr(dataset(voc)).startswith(f"<AnnotatedDataset {tmp_path}")
    assert repr(dataset(voc)).endswith(f": 1 image, {classes}>")

    class Silent:
        class_names = ("circle", "square")

        def __len__(self):
            return 7

    assert repr(PromisedDataset(Silent(), config.data, config.classes)) == f"<Silent: 7 images, {classes}>"
