"""Batches, and what becomes of those that fail."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.serving.conftest import PREDICT, Slow, problems
from zoo_core.common.errors import ArgumentError, RunError
from zoo_core.config.detector import NmsSettings
from zoo_core.prediction.postprocessing import Found
from zoo_core.serving.limits import Limits
from zoo_core.serving.models import named
from zoo_core.serving.refusals import Refusal
from zoo_core.serving.worker import Worker

NMS = NmsSettings()


def pictures(*brightness):
    return [(np.full((2, 2, 3), each, np.uint8), NMS) for each in brightness]


def told(images, nms):
    """Finds as many objects as the picture is bright; 13 makes it fail."""
    assert len(images) == len(nms)
    for image in images:
        count = int(image[0, 0, 0])
        if count == 13:
            raise RunError("thirteen")
        yield Found(np.zeros((count, 4), np.float32), np.zeros(count, np.float32), np.zeros(count, np.int64))


def test_what_waits_goes_through_together_and_each_gets_its_own():
    sizes = []
    worker = Worker("m", told, Limits(batch=4), lambda size, _: sizes.append(size))
    futures = worker.submit(pictures(*range(6)))
    worker.start()
    assert [len(each.result(10).scores) for each in futures] == list(range(6))
    worker.stop()
    assert sizes == [4, 2]


def test_one_that_fails_does_not_fail_others():
    worker = Worker("m", told, Limits(batch=4))
    futures = worker.submit(pictures(1, 13, 2, 13))
    worker.start()
    assert [len(futures[index].result(10).scores) for index in (0, 2)] == [1, 2]
    for index in (1, 3):
        with pytest.raises(RunError, match="thirteen"):
            futures[index].result(10)
    worker.stop()


def test_a_stop_finishes_what_was_taken_and_takes_no_more():
    gate = threading.Event()

    def find(images, nms):
        gate.wait(10)
        return told(images, nms)

    worker = Worker("m", find, Limits(batch=2))
    futures = worker.submit(pictures(1, 2, 3, 4, 5))
    assert futures[1].cancel()
    assert not worker.alive
    worker.start()
    assert worker.alive
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    while worker.alive:
        pass
    with pytest.raises(Refusal):
        worker.submit(pictures(6))
    gate.set()
    stopping.join(10)
    assert [len(each.result(0).scores) for each in futures if not each.cancelled()] == [1, 3, 4, 5]


def test_a_batch_waits_for_others_no_longer_than_it_may():
    sizes = []
    worker = Worker("m", told, Limits(batch=2, delay=60), lambda size, _: sizes.append(size))
    worker.start()
    first = worker.submit(pictures(1))[0]
    second = worker.submit(pictures(2))[0]
    assert [len(each.result(10).scores) for each in (first, second)] == [1, 2]
    worker.stop()
    assert sizes == [2]
    alone = Worker("m", told, Limits(batch=2, delay=0))
    alone.start()
    assert len(alone.submit(pictures(1))[0].result(10).scores) == 1
    alone.stop()


class Broken(Slow):
    """Fails in a way that a client should not see."""

    def __init__(self, detector, error):
        super().__init__(detector, None)
        self.error = error

    def find_each(self, *_, **__):
        raise self.error


def test_failures_are_answered_and_tell_nothing_of_the_server(serving, tiny, png):
    said = []
    client = serving(Broken(tiny, ValueError("in /home/secret")), say=said.append)
    answer = client.post(PREDICT, content=png)
    assert problems(answer, 500)["service"].startswith("failed, which is its own fault")
    assert said == [f"POST {PREDICT}: ValueError: in /home/secret"]
    client = serving(Broken(tiny, RunError("this size does not fit")))
    assert problems(client.post(PREDICT, content=png), 422) == {"model 'tiny'": "this size does not fit|"}
    assert client.get("/health/ready").text == "ready\n"


def test_models_have_names(tmp_path, monkeypatch):
    (tmp_path / "runs" / "v1.0").mkdir(parents=True)
    (tmp_path / "a=b").mkdir()
    monkeypatch.chdir(tmp_path / "runs")
    given = ["../runs/v1.0", "gluoncv:ssd_512_mobilenet1.0_voc", "x/small.onnx", "y=z/small.onnx", "../a=b", "."]
    assert named(given) == {
        "v1.0": "../runs/v1.0",
        "gluoncv:ssd_512_mobilenet1.0_voc": "gluoncv:ssd_512_mobilenet1.0_voc",
        "small": "x/small.onnx",
        "y": "z/small.onnx",
        "a=b": "../a=b",
        "runs": ".",
    }
    with pytest.raises(ArgumentError, match=r"runs/a and old/a would both be called 'a'; give one .* a2=old/a"):
        named(["runs/a", "old/a"])
    with pytest.raises(ArgumentError, match="'x/y' is not a name"):
        named(["x/y=runs/a"])
    for name in (".", ".."):  # which clients take out of an address
        with pytest.raises(ArgumentError, match="not a name for an address"):
            named([f"{name}=runs/a"])
