"""A service with a tiny detector, asked in this process."""

from __future__ import annotations

import io
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
import uvicorn
from fastapi.testclient import TestClient
from PIL import Image

from zoo_core.config.run_folder import RunFolder
from zoo_core.serving.app import application
from zoo_core.serving.connections import connection
from zoo_core.serving.limits import Limits
from zoo_core.serving.metrics import Metrics
from zoo_core.serving.models import Model
from zoo_core.serving.service import Service

NAME = "tiny"
PREDICT = f"/v1/models/{NAME}/predict"


@pytest.fixture(scope="session")
def tiny(sure_detector, tiny_table):
    return sure_detector(tiny_table)


@pytest.fixture(scope="session")
def picture():
    """A picture (84, 153, 3), larger than the input of the detector and not of its shape."""
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (12, 17, 3), dtype=np.uint8).repeat(7, 0).repeat(9, 1)


@pytest.fixture(scope="session")
def run_folder(tiny, tmp_path_factory):
    """A run of the tiny detector."""
    run = RunFolder.create(tiny.config, tmp_path_factory.mktemp("runs") / NAME)
    tiny.engine.save(run.weights)
    return run.folder


def encoded(picture, kind="PNG"):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="session")
def png(picture):
    return encoded(picture)


class Slow:
    """A detector that waits until it may go on, and counts what it was given together."""

    def __init__(self, detector, gate):
        self.batches = []
        self._detector, self._gate = detector, gate

    def __getattr__(self, name):
        return getattr(self._detector, name)

    def find_each(self, images, rules):
        self.batches.append(len(images))
        assert self._gate.wait(30)
        return self._detector.find_each(images, rules)


@contextmanager
def served(detector, *, token=None, say=lambda _: None, **limits):
    """A client of a service with these limits, and what is needed to look inside."""
    metrics, bounds = Metrics(), Limits(**limits)
    service = Service([Model(NAME, detector, bounds, metrics.watch(NAME))], bounds, metrics)
    with TestClient(application(service, token, say)) as client:
        client.service = service
        yield client


@pytest.fixture
def serving(tiny):
    """Starts services; see `served`."""
    with ExitStack() as running:
        yield lambda detector=tiny, **how: running.enter_context(served(detector, **how))


@pytest.fixture(scope="module")
def client(tiny):
    """A client of a service that has the usual limits, for all tests of a file."""
    with served(tiny) as client:
        yield client


def problems(answer, status):
    """The faults of a refusal, by their places."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "problems"}
    assert body["error"].count("\n") == len(body["problems"]) - 1
    return {each["place"]: f"{each['fault']}|{each['allowed']}" for each in body["problems"]}


@contextmanager
def listening(app, limits, most=1000):
    """An application at an address of its own in this process."""
    config = uvicorn.Config(app, http=connection(limits.timeout, most), ws="none", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as opened:
        thread = threading.Thread(target=server.run, args=([opened],))
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield opened.getsockname()
        finally:
            server.should_exit = True
            thread.join()


def wait_until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come")
