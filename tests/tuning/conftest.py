"""Studies whose trials are computed in a moment, by a formula."""

from __future__ import annotations

import math

import pytest

import zoo_core as zoo
from tests.tiny import TINY
from zoo_core.tuning import running
from zoo_core.tuning.places import Ended, Scored
from zoo_core.tuning.session import TuningSession
from zoo_core.tuning.study import Rules, Study

pytest.importorskip("optuna")
SPACE = {
    "training.learning_rate": {"log": [1e-4, 1e-1]},
    "training.batch_size": {"int": [2, 16]},
    "loss": {"choice": ["multibox", {"name": "ssd_multibox"}]},
}


def quality(config):
    """Best, .9, at a learning rate of .01."""
    return 0.9 - 0.2 * abs(math.log10(config.training.learning_rate) + 2) - 0.01 * config.training.batch_size


class Formula:
    """A place that computes one trial at a time: its score rises over three epochs."""

    def __init__(self, score=quality, epochs=3):
        self.score, self.epochs = score, epochs
        self.started, self._events = [], None

    @property
    def room(self):
        return self._events is None

    def start(self, job):
        self.started.append(job.number)
        self._events, self._goes_on = self._run(job), True

    def _run(self, job):
        for epoch in range(1, self.epochs + 1):
            score = self.score(job.config)
            if isinstance(score, Ended):
                yield score._replace(number=job.number)
                return
            yield Scored(job.number, epoch, score * epoch / self.epochs)
            if not self._goes_on:
                yield Ended(job.number, "stopped")
                return
        yield Ended(job.number, "complete", score)

    def next(self, _seconds):
        event = next(self._events)
        if isinstance(event, Ended):
            self._events = None
        return event

    def answer(self, _number, go_on):
        self._goes_on = go_on

    def stop(self):
        self._events = iter([Ended(self.started[-1], "interrupted")])

    def close(self):
        self._events = None


@pytest.fixture(autouse=True)
def _no_picture(request, monkeypatch):
    """Drawing takes longer than all else."""
    if "picture" not in request.node.name:
        monkeypatch.setattr("zoo_core.tuning.session.write_picture", lambda _, picture: picture.touch())


@pytest.fixture
def config():
    return zoo.load_config({**TINY, "search": SPACE, "training": {"epochs": 3, "score_every": 1}})


@pytest.fixture
def tuned(tmp_path, config):
    """Makes a study in a folder and lets a place work on it."""

    def work(place=None, name="study", changed=config, watch=None, **rules):
        study = running.begin(changed, tmp_path / name, Rules(**{"trials": 6, **rules}))
        return TuningSession(study, place or Formula())(watch)

    return work


@pytest.fixture
def reopened(tmp_path):
    """Goes on with a study, as another process does."""

    def work(place=None, name="study", trials=None):
        return TuningSession(running.resume(tmp_path / name, trials=trials), place or Formula())()

    return work


@pytest.fixture
def opened(tmp_path):
    def open_(name="study"):
        folder = running.StudyFolder.open(tmp_path / name)
        return Study.open(folder)

    return open_
