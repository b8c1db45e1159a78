"""A service that runs for long: memory stays where it is, and hostile clients keep nobody from an answer."""

from __future__ import annotations

import os
import random
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import numpy as np
import pytest

from tests.serving.conftest import PREDICT, encoded
from tests.serving.test_limits import bomb
from tests.serving.test_process import Program

SECONDS = float(os.environ.get("ZOO_TEST_HOSTILE_SECONDS", "300"))


@pytest.fixture
def program(run_folder):
    started = Program(run_folder, "--timeout", "5", "--queue", "32", "--memory", "100", "--max-pixels", "4")
    yield started
    assert started.process.poll() is None, "the service has ended"
    assert started.stop()[0] == 0


def memory(program):
    """Megabytes that the service holds."""
    status = Path(f"/proc/{program.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1000


@pytest.mark.slow
def test_ten_thousand_requests_leave_memory_flat(program, png, picture):
    bodies = [png, encoded(picture, "JPEG"), encoded(picture[::2])]
    with httpx2.Client(base_url=program.address, timeout=60) as client, ThreadPoolExecutor(8) as pool:
        right = [client.post(PREDICT, content=body).json() for body in bodies]

        def ask(number):
            answer = client.post(PREDICT, content=bodies[number % 3])
            return answer.status_code == 200 and answer.json() == right[number % 3]

        assert all(pool.map(ask, range(2000)))
        before = memory(program)
        assert all(pool.map(ask, range(10_000)))
    assert memory(program) < before + 20


@pytest.mark.slow
def test_hostile_clients_keep_nobody_from_an_answer(program, png, picture):
    jpeg = encoded(picture, "JPEG")
    ends = time.monotonic() + SECONDS
    failures = []

    def harm(seed):
        rng = random.Random(seed)
        while time.monotonic() < ends:
            with socket.socket() as client:
                client.settimeout(10)
                try:
                    client.connect(program.place)
                    attack(client, rng, jpeg)
                except OSError:  # it was let go
                    pass

    with ThreadPoolExecutor(16) as pool:
        hostile = [pool.submit(harm, seed) for seed in range(16)]
        with httpx2.Client(base_url=program.address, timeout=60) as client:
            right = client.post(PREDICT, content=png).json()
            before, asked = memory(program), 0
            while time.monotonic() < ends:
                answer = client.post(PREDICT, content=png)
                asked += 1
                if answer.status_code == 503 and answer.headers["retry-after"] == "1":
                    time.sleep(0.2)
                elif answer.status_code != 200 or answer.json() != right:
                    failures.append(answer.text)
        for each in hostile:
            each.result()
    assert not failures
    assert asked > SECONDS
    assert memory(program) < before + 200


def attack(client, rng, jpeg):
    """One of many ways to be a nuisance."""
    kind = rng.randrange(8)
    body = (
        jpeg[: rng.randrange(len(jpeg))],
        bomb(60_000, 60_000),
        bomb(2_000, 1_900),
        rng.randbytes(3000),
        b'{"url": "file:///etc/passwd"}',
        bytes(
            np.where([rng.random() < 0.01 for _ in jpeg], rng.randrange(256), np.frombuffer(jpeg, np.uint8)).astype(
                np.uint8
            )
        ),
        jpeg * 3,
        b"\0" * 40_000_000 if rng.random() < 0.05 else b"",
    )[kind]
    path = rng.choice([PREDICT, "/v2/models/tiny/infer", f"{PREDICT}?score=nan", "/" + "a" * 3000])
    content = rng.choice(["image/jpeg", "application/json", "multipart/form-data; boundary=x", "\xff"])
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {content}\r\nContent-Length: {len(body)}\r\n\r\n"
    message = head.encode("latin-1") + body
    how = rng.randrange(5)
    if how == 0:  # leaves in the middle
        client.sendall(message[: rng.randrange(1, len(message))])
    elif how == 1:  # is slow
        for index in range(0, min(len(message), 300), 10):
            client.sendall(message[index : index + 10])
            threading.Event().wait(0.05)
    elif how == 2:  # does not speak HTTP
        client.sendall(rng.randbytes(500))
        client.recv(100)
    elif how == 3:  # asks a lot, and reads nothing
        client.sendall(message * (1 if len(body) > 1_000_000 else 20))
        threading.Event().wait(0.2)
    else:
        client.sendall(message)
        client.recv(1000)
