"""A service under load: requests a second and latency at 1, 8 and 64 clients, against `predict` in a loop.

The loop and the service have a process of their own each, and take turns: both read the same file of a picture, and the
service has the way over HTTP besides.
"""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np

import zoo_core as zoo
from zoo_core.config.run_folder import RunFolder
from zoo_core.engines.bench.machine import machine

__all__ = ["main"]

_DETECTOR = "ssd_512_mobilenet1.0_voc"
_CLIENTS = (1, 8, 64)
_SECONDS = 30.0
_WARM = 3
_SLOWEST = 600
_LOOP = """
import sys, time
import zoo_core as zoo
detector, picture, seconds = zoo.load(sys.argv[1]), sys.argv[2], float(sys.argv[3])
for _ in range(3):
    detector.predict(picture)
count, began = 0, time.perf_counter()
while time.perf_counter() - began < seconds:
    detector.predict(picture)
    count += 1
print(count / (time.perf_counter() - began))
"""


def main() -> None:
    """Time the service with a network of new weights, which takes as long as a trained one."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.jpg"
        noise = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
        cv2.imwrite(str(picture), cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC))
        run = _run(Path(folder) / "detector")
        print(f"\n{_DETECTOR}, a JPEG of 640x480, {_SECONDS:g} seconds each")
        print(f"  {'':24} {'requests/s':>10} {'of the loop':>12} {'p50':>9} {'p95':>9} {'p99':>9}")
        for clients in _CLIENTS:
            loop = _loop(run, picture)
            print(f"  {'predict in a loop':24} {loop:10.2f} {1:12.0%}")
            times = _served(run, picture.read_bytes(), clients)
            rate = len(times) / _SECONDS
            low, high, highest = np.percentile(times, [50, 95, 99])
            name = "1 client" if clients == 1 else f"{clients} clients"
            print(
                f"  {name:24} {rate:10.2f} {rate / loop:12.0%} {low:6.0f} ms {high:6.0f} ms {highest:6.0f} ms",
                flush=True,
            )


def _run(folder: Path) -> Path:
    detector = zoo.build(_DETECTOR)
    run = RunFolder.create(detector.config, folder)
    detector.engine.save(run.weights)
    return run.folder


def _loop(run: Path, picture: Path) -> float:
    """Pictures a second of a process that does nothing else."""
    command = [sys.executable, "-c", _LOOP, str(run), str(picture), str(_SECONDS)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 -- this Python


def _served(run: Path, picture: bytes, clients: int) -> list[float]:
    """Milliseconds of each request that was answered while so many clients asked without a pause."""
    program = [sys.executable, "-c", "import sys; from zoo_core.cli import main; sys.exit(main())"]
    command = [*program, "serve", f"m={run}", "--port", "0", "--queue", str(max(_CLIENTS)), "--timeout", str(_SLOWEST)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:  # noqa: S603 -- this Python
        try:
            assert service.stderr is not None  # noqa: S101 -- it is a pipe
            said = service.stderr.readline()
            place = re.search(r"//([\d.]+):(\d+)", said)
            if place is None:
                raise RuntimeError(f"the service did not start: {said}{service.stderr.read()}")
            for _ in range(_WARM):
                _ask(http.client.HTTPConnection(place[1], int(place[2])), picture)
            return _under_load(place[1], int(place[2]), picture, clients)
        finally:
            service.terminate()


def _under_load(host: str, port: int, picture: bytes, clients: int) -> list[float]:
    times: list[float] = []
    ends = time.perf_counter() + _SECONDS

    def ask() -> None:
        connection = http.client.HTTPConnection(host, port)
        while time.perf_counter() < ends:
            began = time.perf_counter()
            _ask(connection, picture)
            ended = time.perf_counter()
            if ended < ends:
                times.append(1000 * (ended - began))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _ask(connection: http.client.HTTPConnection, picture: bytes) -> None:
    connection.request("POST", "/v1/models/m/predict", picture)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(content.decode())
