"""What notebooks show: HTML that is well formed, in which no name of a user's is markup."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import zoo_core as zoo
from zoo_core.evaluation.report import Report
from zoo_core.prediction.detections import Detections

EVIL = "<script>alert('cat & dog')</script>"


class Page(HTMLParser):
    """The text of HTML whose elements are closed in order, its rows, and its pictures."""

    def __init__(self, html):
        super().__init__()
        self.open, self.text, self.rows, self.pictures = [], "", [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        assert tag != "script"
        if tag == "img":
            self.pictures.append(dict(attributes))
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if self.open[-1:] in (["td"], ["th"]):
            self.rows[-1][-1] += data


@pytest.fixture
def config():
    return zoo.load_config("tinyssd_256_voc", {"classes": [EVIL, "zebra"]})


def test_a_configuration_shows_its_parts_and_all_settings_on_demand(config):
    page = Page(config._repr_html_())
    assert page.text.startswith(f"2 classes at 256x256: {EVIL}, zebra")
    assert [row[:2] for row in page.rows] == [
        ["setting", "part"],
        *([kind, getattr(config, kind).name] for kind in ("backbone", "anchors", "head", "targets", "loss", "data")),
    ]
    assert page.text.endswith(config.to_yaml())


def test_a_plan_shows_its_maps(config):
    page = Page(zoo.plan(config)._repr_html_())
    assert page.text.startswith("5444 anchors at 256x256: scores (B, 5444, 3), offsets (B, 5444, 4)")
    assert page.rows[0] == ["map", "channels", "stride", "anchors per cell", "anchors"]
    assert [row[4] for row in page.rows[1:]] == [str(count) for count in zoo.plan(config).anchors_per_map]


@pytest.mark.parametrize("count", [0, 2, 25])
def test_detections_show_their_picture_and_their_objects(count):
    boxes = np.tile(np.array([[1, 2, 30, 40.4]], np.float32), (count, 1))
    found = Detections(
        boxes, np.full(count, 0.5, np.float32), np.zeros(count, np.int64), (EVIL,), EVIL,
        _image=lambda: np.zeros((60, 80, 3), np.uint8),
    )  # fmt: skip
    page = Page(found._repr_html_())
    assert page.text.startswith(f"Detections in {EVIL}: ")
    (picture,) = page.pictures
    assert picture["src"].startswith("data:image/png;base64,")
    assert EVIL in picture["alt"]
    assert page.rows[1:] == [[EVIL, "0.500", "1", "2", "30", "40"]] * min(count, 20)
    assert page.text.endswith("and 5 more") == (count == 25)


def test_a_run_shows_what_there_is_of_it(config, tmp_path):
    from zoo_core.training.run import Run

    run = Run(tmp_path, config)
    page = Page(run._repr_html_())
    assert (page.rows, page.pictures) == ([], [])
    run.write_metrics(Report((), iou=0.5, images=0, seconds=0.0).to_dict())
    Image.new("RGB", (4, 4)).save(run.curves)
    page = Page(run._repr_html_())
    assert page.rows[0] == ["mAP, VOC 2007", "not defined"]
    assert len(page.pictures) == 1
    scores = json.loads(run.metrics.read_text())
    run.write_metrics({**scores, "map_voc07": 0.25})
    assert Page(run._repr_html_()).rows[0] == ["mAP, VOC 2007", "0.250"]


def test_a_report_shows_its_tables():
    page = Page(Report((), iou=0.5, images=3, seconds=1.0)._repr_html_())
    assert "3 images" in page.text
