"""The promises of every logger, and what this one promises besides."""

import zoo_core as zoo
from zoo_core.testing import LoggerContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(LoggerContract):
    settings = NewpartSettings()


TWO_EPOCHS = {
    "training.epochs": 2,
    "training.batch_size": 4,
    "training.workers": 0,
    "training.loggers": [{"name": "newpart", "every": 2}],
    "data.train_images": 4,
    "data.validation_images": 2,
}


def test_the_diary_has_a_line_for_every_second_epoch_and_the_end(tmp_path):
    run = zoo.train("newdetector", tmp_path / "run", TWO_EPOCHS)
    diary = run.folder / "newpart" / "diary.md"
    _, _, *lines = diary.read_text(encoding="utf-8").splitlines()
    assert [line.split(" | ")[0] for line in lines] == ["| 2", "| 2"]
    assert lines[-1] == "| 2 |  | finished |"
