"""The results as a picture and a table."""

from __future__ import annotations

import cv2
import pytest

import zoo_core as zoo
from tests.tuning.conftest import SPACE


@pytest.mark.parametrize("settings", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_the_picture_has_a_panel_for_each_setting_that_varies(tuned, tmp_path, config, settings, monkeypatch):
    from matplotlib.figure import Figure

    drawn = []
    save = Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda self, *args, **named: (drawn.append(self), save(self, *args, **named))
    )
    space = {**dict(list(SPACE.items())[:settings]), "nms.iou": {"choice": [0.5]}}
    tuned(changed=zoo.load_config(config, {"search": space}), trials=5)
    titles = [axes.get_title(loc="left") for axes in drawn[-1].axes]
    assert titles == ["mAP (VOC 2007) of each trial", *list(SPACE)[:settings]]
    picture = cv2.imread(str(tmp_path / "study" / "results.png"))
    assert picture.std() > 10
