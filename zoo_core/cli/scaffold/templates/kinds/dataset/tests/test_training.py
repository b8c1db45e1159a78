"""The zoo finds it, and trains with it."""

import zoo_core as zoo

ONE_STEP = {"training.epochs": 1, "training.batch_size": 4, "training.workers": 0}


def test_trains_one_step(root, tmp_path):
    overrides = ONE_STEP | {"data.root": str(root), "classes": ["square"]}
    run = zoo.train("newdetector", tmp_path / "run", overrides)
    assert run.metrics.is_file()
    assert zoo.load(run.folder).class_names == ("square",)
