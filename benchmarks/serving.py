"""A service under load: requests a second and latency at 1, 8 and 64 clients, against `predict` in a loop.

The loop and the service are processes that live throughout and take turns of some seconds each, so that a machine with
other work on it slows both: both read the same file of a picture, and the service has the way over HTTP besides.
"""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

import zoo_core as zoo
from zoo_core.config.run_folder import RunFolder
from zoo_core.engines.bench.machine import machine

__all__ = ["main"]

_DETECTOR = "ssd_512_mobilenet1.0_voc"
_CLIENTS = (1, 8, 64)
_ROUNDS = 9
_SECONDS = 8.0
_SLOWEST = 600
_LOOP = """
import sys, time
import zoo_core as zoo
detector, picture, seconds = zoo.load(sys.argv[1]), sys.argv[2], float(sys.argv[3])
for _ in range(3):
    detector.predict(picture)
for _ in sys.stdin:
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        detector.predict(picture)
        count += 1
    print(count / (time.perf_counter() - began), flush=True)
"""


class _Service(NamedTuple):
    host: str
    port: int
    picture: bytes


def main() -> None:
    """Time the service with a network of new weights, which takes as long as a trained one."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.jpg"
        noise = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
        cv2.imwrite(str(picture), cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC))
        run = _run(Path(folder) / "detector")
        print(f"\n{_DETECTOR}, a JPEG of 640x480; {_ROUNDS} turns of {_SECONDS:g} seconds each")
        print(f"  {'':12} {'loop/s':>7} {'requests/s':>10} {'of the loop':>22} {'p50':>8} {'p95':>8} {'p99':>8}")
        with _loop(run, picture) as loop, _served(run) as (host, port):
            service = _Service(host, port, picture.read_bytes())
            for clients in _CLIENTS:
                _compare(loop, service, clients)


def _compare(loop: subprocess.Popen[str], service: _Service, clients: int) -> None:
    """Print the medians of some turns, and the middle half of the ratios of neighbours."""
    turns = []
    times: list[float] = []
    for _ in range(_ROUNDS):
        alone = _turn(loop)
        rate, taken = _under_load(service, clients)
        turns.append((alone, rate))
        times += taken
    alone, rate = np.median(turns, axis=0)
    low, middle, high = np.percentile([served / looped for looped, served in turns], [25, 50, 75])
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    name = "1 client" if clients == 1 else f"{clients} clients"
    ratio = f"{middle:.0%} ({low:.0%} to {high:.0%})"
    print(
        f"  {name:12} {alone:7.2f} {rate:10.2f} {ratio:>22} {p50:5.0f} ms {p95:5.0f} ms {p99:5.0f} ms",
        flush=True,
    )


def _run(folder: Path) -> Path:
    detector = zoo.build(_DETECTOR)
    run = RunFolder.create(detector.config, folder)
    detector.engine.save(run.weights)
    return run.folder


@contextmanager
def _loop(run: Path, picture: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that predicts for a turn whenever it is told to."""
    command = [sys.executable, "-c", _LOOP, str(run), str(picture), str(_SECONDS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as loop:  # noqa: S603 -- this Python
        try:
            yield loop
        finally:
            loop.terminate()


def _turn(loop: subprocess.Popen[str]) -> float:
    """Pictures a second of the loop."""
    assert loop.stdin is not None and loop.stdout is not None  # noqa: S101, PT018 -- they are pipes
    print("go", file=loop.stdin, flush=True)
    return float(loop.stdout.readline())


@contextmanager
def _served(run: Path) -> Iterator[tuple[str, int]]:
    """Where the service is, once it has answered."""
    program = [sys.executable, "-c", "import sys; from zoo_core.cli import main; sys.exit(main())"]
    command = [*program, "serve", f"m={run}", "--port", "0", "--queue", str(max(_CLIENTS)), "--timeout", str(_SLOWEST)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:  # noqa: S603 -- this Python
        try:
            assert service.stderr is not None  # noqa: S101 -- it is a pipe
            said = service.stderr.readline()
            place = re.search(r"//([\d.]+):(\d+)", said)
            if place is None:
                raise RuntimeError(f"the service did not start: {said}{service.stderr.read()}")
            yield place[1], int(place[2])
        finally:
            service.terminate()


def _under_load(service: _Service, clients: int) -> tuple[float, list[float]]:
    """Requests a second, and the milliseconds of each, while so many clients ask without a pause.

    The rate is that up to the last answer: clients who wait when the time is over are answered, and counted.
    """
    times: list[float] = []
    began = time.perf_counter()

    def ask() -> None:
        connection = http.client.HTTPConnection(service.host, service.port)
        while (asked := time.perf_counter()) < began + _SECONDS:
            _ask(connection, service.picture)
            times.append(1000 * (time.perf_counter() - asked))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / (time.perf_counter() - began), times


def _ask(connection: http.client.HTTPConnection, picture: bytes) -> None:
    connection.request("POST", "/v1/models/m/predict", picture)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(content.decode())
