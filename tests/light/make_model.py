"""Writes the exported detector of `test_exported.py`, and what MXNet finds with it.

``python tests/light/make_model.py``, after the format of exported files has changed. They are kept with
the tests, since MXNet, which makes them, does not run where these do.
"""

import json
import sys
from pathlib import Path

import numpy as np

import zoo_core as zoo

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from test_exported import EXPECTED, MODEL, PICTURES  # noqa: E402

from tests.tiny import TINY, new_sure_detector  # noqa: E402


def main():
    detector = new_sure_detector({**TINY, "data": None}, {"nms.score": 0.3})
    zoo.export(detector, MODEL)
    found = [plain(detector.predict(picture)) for picture in PICTURES]
    EXPECTED.write_text(json.dumps(found) + "\n", encoding="utf-8")


def plain(found):
    boxes = np.round(found.boxes.astype(float), 3).tolist()
    return {"boxes": boxes, "scores": found.scores.tolist(), "names": found.names}


if __name__ == "__main__":
    main()
