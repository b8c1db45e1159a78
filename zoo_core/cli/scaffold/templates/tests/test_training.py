"""The zoo finds it, and trains with it."""

import zoo_core as zoo

ONE_STEP = {
    "training.epochs": 1,
    "training.batch_size": 4,
    "training.workers": 0,
    "data.train_images": 4,
    "data.validation_images": 2,
}


def test_trains_one_step(tmp_path):
    run = zoo.train("newdetector", tmp_path / "run", ONE_STEP)
    assert run.metrics.is_file()
    assert len(zoo.load(run.folder).class_names) == 3
