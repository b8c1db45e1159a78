"""What training measures on the way, and the scores by which it stops early."""

import json
import math
import struct

import numpy as np
import pytest
from matplotlib.figure import Figure

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.engines.params_file import read_params
from zoo_core.training.best import BestScore
from zoo_core.training.curves import write_curves
from zoo_core.training.log import logged


def entries(run, kind):
    return [each for each in map(json.loads, run.log.read_text().splitlines()) if each["kind"] == kind]


def scoring(monkeypatch, scores):
    """Let scorings find these scores, and tell after which step each was."""
    from zoo_core.training import session

    evaluate, left = session.evaluate, iter(scores)

    def scripted(*args):
        report = evaluate(*args)
        score = next(left)
        monkeypatch.setattr(type(report), "map_voc07", property(lambda _: score))
        return report

    monkeypatch.setattr(session, "evaluate", scripted)


def test_the_best_score_is_kept_and_what_is_no_number_is_no_score():
    best = BestScore()
    taken = [best.take(score, step, 10 * step) for step, score in enumerate([math.nan, 0.2, 0.2, 0.5, 0.4, math.nan])]
    assert taken == [False, True, False, True, False, False]
    assert (best.score, best.step, best.epoch, best.since) == (0.5, 3, 30, 2)
    assert BestScore(**best.to_dict()) == best
    assert BestScore(score=0.5, step=3, since=2).epoch is None  # as of a former version


def test_training_stops_when_patience_ends_and_keeps_the_best(tmp_path, tiny, monkeypatch):
    scoring(monkeypatch, [0.2, 0.6, 0.5, 0.6, 0.9])  # the last is of the weights that are kept
    kept = {}

    def watch(step):
        if step.number == 9:  # the weights of the second epoch, before anything worse
            kept.update(read_params(tmp_path / "run" / "weights.params"))

    run = zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=9, score_every=1, patience=2), watch=watch)
    scores = entries(run, "score")
    assert [(each["epoch"], each["step"], each["map_voc07"], each["kept_epoch"]) for each in scores] == [
        *((1, 4, 0.2, 1), (2, 8, 0.6, 2), (3, 12, 0.5, 2), (4, 16, 0.6, 2))
    ]
    assert entries(run, "epoch")[-1]["epoch"] == 4
    for name, values in read_params(run.weights).items():
        np.testing.assert_array_equal(values, kept[name], err_msg=name)
    assert {path.name for path in run.checkpoints.iterdir()} >= {"step-00000008.params"}


def test_scores_come_after_every_so_many_epochs_and_the_last(tmp_path, tiny):
    run = zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=3, score_every=2))
    assert [(each["epoch"], each["step"]) for each in entries(run, "score")] == [(2, 8), (3, 12)]
    assert not (run.folder / "tensorboard").exists(), "nobody wanted it"


def test_patience_without_scores_is_refused(tiny):
    with pytest.raises(zoo.ConfigError, match="stopping early needs scores during training; set score_every"):
        zoo.load_config("tinyssd_shapes", tiny(patience=3))


def test_lines_sum_up_steps_and_epochs(tmp_path, tiny):
    steps = []
    run = zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=2, log_every=3), watch=steps.append)
    lines, epochs = entries(run, "steps"), entries(run, "epoch")
    assert [each["step"] for each in lines] == [3, 6]
    assert [each["step"] for each in epochs] == [4, 8]
    for line, of_line in [(lines[1], steps[3:6]), (epochs[1], steps[4:8])]:
        assert line["loss"] == pytest.approx(np.mean([step.loss for step in of_line]))
        assert line["loss"] == pytest.approx(line["class_loss"] + line["box_loss"])
        assert line["learning_rate"] == of_line[-1].learning_rate
        seconds = sum(step.seconds for step in of_line)
        assert line["images_per_second"] == pytest.approx(4 * len(of_line) / seconds)
        assert line["waited"] == pytest.approx(sum(step.waited for step in of_line) / seconds)


def records(file):
    """The records of a TensorBoard file: length, checksum, data, checksum."""
    content, place, found = file.read_bytes(), 0, []
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        found.append(content[place + 12 : place + 12 + length])
        place += length + 16
    assert place == len(content)
    return found


def scalars(record):
    """(tag, step, value) of the scalars in an event."""
    from tensorboardX.proto.event_pb2 import Event

    event = Event.FromString(record)
    return [(value.tag, event.step, value.simple_value) for value in event.summary.value]


def test_tensorboard_has_the_numbers_of_the_log(tmp_path, tiny):
    run = zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=2, score_every=1, log_every=3, tensorboard=True))
    (file,) = (run.folder / "tensorboard").glob("events.out.tfevents.*")
    first, *others = records(file)
    assert b"brain.Event:2" in first
    found = {(tag, step): value for record in others for tag, step, value in scalars(record)}
    expected = {
        (f"{entry['kind']}/{key}", entry["step"]): value
        for entry in map(json.loads, run.log.read_text().splitlines())
        for key, value in entry.items()
        if key not in ("kind", "step", "epoch", "kept_epoch")
    }
    assert found == pytest.approx(expected, rel=1e-6)
    assert {"steps/loss", "epoch/class_loss", "epoch/box_loss", "score/map_voc07"} <= {tag for tag, _ in found}


def entry(kind, step, epoch=1, loss=2.0):
    common = {"step": step, "epoch": epoch, "loss": loss, "class_loss": loss * 0.75, "box_loss": loss * 0.25}
    return {"kind": kind, **common, "learning_rate": 0.01, "images_per_second": 9.0, "waited": 0.0}


def score(step, epoch, value):
    return {"kind": "score", "step": step, "epoch": epoch, "map_voc07": value}


@pytest.fixture
def panels_of(tmp_path, monkeypatch):
    """The panels of the curves of a log, by their titles; each has something in it."""

    def panels_of(*entries):
        log, picture = tmp_path / "metrics.jsonl", tmp_path / "curves.png"
        log.write_text("".join(f"{json.dumps(each)}\n" for each in entries))
        figures = []

        def keep(figure, path, **_):
            figures.append(figure)
            path.touch()

        monkeypatch.setattr(Figure, "savefig", keep)
        write_curves(log, picture)
        (figure,) = figures
        for axes in figure.axes:
            assert any(len(line.get_xdata()) for line in axes.lines), axes.get_title(loc="left")
        return {axes.get_title(loc="left").split(",")[0]: axes for axes in figure.axes}

    return panels_of


def assert_all_in_the_picture(panels):
    """No title is cut."""
    figure = next(iter(panels.values())).figure
    figure.draw_without_rendering()
    for axes in panels.values():
        title = axes._left_title.get_window_extent()
        assert figure.bbox.x0 <= title.x0 < title.x1 <= figure.bbox.x1


def test_there_is_a_panel_for_what_was_measured_and_none_for_what_was_not(panels_of):
    common = ["loss", "learning rate", "images per second"]
    assert list(panels_of(entry("epoch", 4))) == common
    assert list(panels_of(entry("steps", 4))) == common
    assert list(panels_of(entry("epoch", 4), score(4, 1, None))) == common, "without a validation object"
    panels = panels_of(entry("epoch", 4), score(4, 1, 0.5))
    assert list(panels) == ["loss", "mAP (VOC 2007)", "learning rate", "images per second"]
    assert_all_in_the_picture(panels)
    assert all(axes.lines[-1].get_marker() == "o" for axes in (panels["learning rate"], panels["mAP (VOC 2007)"]))
    assert panels_of() == {}


def test_means_are_drawn_over_the_steps_of_which_they_are(panels_of):
    panels = panels_of(
        entry("steps", 5, loss=8), entry("steps", 10, loss=4), entry("epoch", 12, loss=6), score(12, 1, 0.25),
        entry("steps", 15, 2, 3), entry("epoch", 24, 2, 2), score(24, 2, 0.125),
    )  # fmt: skip
    fine, means = panels["loss"].lines[:2]
    assert list(fine.get_xdata()) == [2.5, 7.5, 12.5]
    assert list(fine.get_ydata()) == [8, 4, 3]
    assert list(means.get_xdata()) == [0, 12, 12, 24]
    assert list(means.get_ydata()) == [6, 6, 2, 2]
    assert panels["loss"].get_yscale() == "log"
    assert panels["mAP (VOC 2007)"].get_title(loc="left").endswith("best 0.250 after epoch 1")
    assert_all_in_the_picture(panels)


@pytest.mark.parametrize("loss", [0.0, 2.0])
def test_losses_that_are_0_or_near_each_other_have_a_linear_scale(panels_of, loss):
    even = {**entry("epoch", 4, loss=loss), "class_loss": loss, "box_loss": loss}
    assert panels_of(even)["loss"].get_yscale() == "linear"


def test_each_score_is_a_line_that_says_whose_weights_are_kept(tmp_path, tiny, monkeypatch, capsys):
    scoring(monkeypatch, [math.nan, 0.6, 0.5, 0.6])
    sets = [f"--set={key}={json.dumps(value)}" for key, value in tiny(epochs=3, score_every=1).items()]
    assert main(["train", "tinyssd_shapes", "--out", str(tmp_path / "run"), *sets]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "mAP" in line]
    assert lines == [
        "epoch 1  mAP (VOC 2007) nan  no score so far",
        "epoch 2  mAP (VOC 2007) 0.600  best so far: epoch 2, 0.600",
        "epoch 3  mAP (VOC 2007) 0.500  best so far: epoch 2, 0.600",
    ]


EPOCH = {"kind": "epoch", "step": 4, "epoch": 1, **dict.fromkeys(("loss", "class_loss", "box_loss"), 2.0)}
EPOCH |= {"learning_rate": 0.01, "images_per_second": 9.0, "waited": 0.0}


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[]", "7", "{}", '"text"', "\udcff", "[" * 100_000),
        json.dumps({**EPOCH, "kind": "other"}),
        json.dumps({**EPOCH, "loss": "much"}),
        json.dumps({**EPOCH, "step": None}),
        json.dumps({key: value for key, value in EPOCH.items() if key != "waited"}),
    ],
    ids=lambda line: line[:20],
)
def test_a_line_of_a_log_that_is_none_is_told_unless_a_kill_cut_it_short(tmp_path, line):
    log, whole = tmp_path / "metrics.jsonl", json.dumps(EPOCH)
    log.write_text(f"{whole}\n{line}\n{whole}\n", encoding="utf-8", errors="surrogateescape")
    with pytest.raises(zoo.RunError, match=r"metrics\.jsonl: line 2 is not an entry of a training's log: .*; remove"):
        list(logged(log))
    log.write_text(f"{whole}\n{line}", encoding="utf-8", errors="surrogateescape")
    assert list(logged(log)) == [EPOCH]
