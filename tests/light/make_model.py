"""Writes the exported detector of `test_exported.py`, what MXNet finds with it, and the run of `test_torch.py`.

``python tests/light/make_model.py``, after the format of exported files has changed. They are kept with
the tests, since MXNet, which makes them, does not run where these do.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

import zoo_core as zoo

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from test_exported import EXPECTED, MODEL, PICTURES  # noqa: E402
from test_torch import TRAINED  # noqa: E402

from tests.tiny import TINY, new_sure_detector  # noqa: E402


def main():
    detector = new_sure_detector({**TINY, "data": None}, {"nms.score": 0.3})
    zoo.export(detector, MODEL)
    found = [plain(detector.predict(picture)) for picture in PICTURES]
    EXPECTED.write_text(json.dumps(found) + "\n", encoding="utf-8")
    train()


def train():
    """A run with what is needed to go on from its weights."""
    with tempfile.TemporaryDirectory() as folder:
        run = zoo.train("tinyssd_shapes", Path(folder, "run"), {**TINY, "training.epochs": 1}).folder
        TRAINED.mkdir(exist_ok=True)
        for name in ("config.yaml", "network.json", "versions.json", "weights.params"):
            shutil.copy(run / name, TRAINED / name)


def plain(found):
    boxes = np.round(found.boxes.astype(float), 3).tolist()
    return {"boxes": boxes, "scores": found.scores.tolist(), "names": found.names}


if __name__ == "__main__":
    main()
