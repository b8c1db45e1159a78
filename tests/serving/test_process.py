"""The program `zoo serve`: from its start to its stop, with real clients, quick, slow and cut off."""

from __future__ import annotations

import http.client
import io
import json
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path

import httpx2
import numpy as np
import pytest
import tritonclient.http as triton

from tests.serving.conftest import NAME, PREDICT, encoded, listening, wait_until
from zoo_core.cli import main
from zoo_core.serving.app import application
from zoo_core.serving.limits import Limits
from zoo_core.serving.metrics import Metrics
from zoo_core.serving.models import Model
from zoo_core.serving.service import Service

PROGRAM = Path(sys.executable).with_name("zoo")


class Program:
    """A service as users start it."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", *map(str, arguments), "--port", "0"], stderr=subprocess.PIPE, text=True
        )
        self.said = self.process.stderr.readline()
        found = re.search(r"http://([\d.]+):(\d+)", self.said)
        if not found:
            self.process.kill()
            raise AssertionError(self.said + self.process.stderr.read())
        self.address, self.place = found[0], (found[1], int(found[2]))

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, rest = self.process.communicate(timeout=60)
        return self.process.returncode, rest


def test_from_start_to_stop(run_folder, tiny, picture, png):
    program = Program(run_folder, f"again={run_folder}", "--timeout", "20")
    try:
        assert program.said == f"zoo: serving tiny, again at {program.address} (Ctrl-C stops)\n"
        with httpx2.Client(base_url=program.address, timeout=60) as client:
            expected = client.post(PREDICT, content=png).json()["objects"]
            assert len(expected) > 2
            speak_triton(program, tiny, picture)
            with ThreadPoolExecutor(8) as pool:
                answers = [pool.submit(client.post, PREDICT, files=[("p", png)] * 8) for _ in range(4)]
                wait_until(lambda: 'zoo_pictures_total{model="tiny"} 3' in client.get("/metrics").text)
                code, rest = program.stop()
                for answer in answers:
                    assert [each["objects"] for each in answer.result().json()] == [expected] * 8
        assert (code, rest) == (0, "zoo: stopped; every request that was taken is answered\n")
    finally:
        program.process.kill()


def speak_triton(program, tiny, picture):
    """What Triton's own client asks for and sends."""
    client = triton.InferenceServerClient(f"{program.place[0]}:{program.place[1]}")
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("tiny", "1")
    assert client.get_server_metadata()["name"] == "zoo"
    assert client.get_model_metadata("tiny")["name"] == "tiny"
    (found,) = tiny.find([picture])
    pixels, files = triton.InferInput("images", [1, *picture.shape], "UINT8"), triton.InferInput("files", [1], "BYTES")
    files.set_data_from_numpy(np.array([encoded(picture)], object))
    for binary in (True, False):
        pixels.set_data_from_numpy(picture[None], binary_data=binary)
        for given in (pixels, files):
            wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("boxes", "scores", "labels")]
            result = client.infer("tiny", [given], outputs=wanted, request_id="9", parameters={"keep": 7})
            np.testing.assert_allclose(result.as_numpy("boxes")[0], found.boxes[:7], rtol=1e-6)
            np.testing.assert_allclose(result.as_numpy("scores")[0], found.scores[:7], rtol=1e-6)
            np.testing.assert_array_equal(result.as_numpy("labels")[0], found.labels[:7])
    every = client.infer("tiny", [pixels])
    assert every.as_numpy("count").tolist() == [len(found.scores)]
    with pytest.raises(triton.InferenceServerException, match="model: no model is named 'tony'; did you mean 'tiny'"):
        client.infer("tony", [pixels])
    client.close()


def test_what_cannot_be_served_is_told_before_anything_is_loaded(run_folder, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments, told in (
            ([str(run_folder), "--port", port], f"cannot serve at 127.0.0.1 port {port}: Address already in use"),
            ([str(run_folder), "--host", "0.0.0.0"], "others reach 0.0.0.0; give a --token"),  # noqa: S104
            ([str(run_folder), "--host", "no such host", "--open"], "cannot serve at no such host port 8000"),
            ([str(run_folder), "--host", "x" * 70, "--open"], "cannot serve at xxx"),
            ([str(run_folder)] * 2, "would both be called 'tiny'"),
            (["nothing", "--port", "0"], "nothing: no such"),
            ([str(run_folder), "--memory", "100"], "takes 152 MB, and all requests together may take 100 MB"),
        ):
            assert main(["serve", *arguments]) == 2
            assert told in capsys.readouterr().err


@pytest.fixture
def short(tiny):
    """The address of a service in this process that waits for nobody longer than half a second."""
    limits = Limits(timeout=0.5)
    service = Service([Model(NAME, tiny, limits)], limits, Metrics())
    with listening(application(service), limits) as place:
        yield place


def test_slow_and_broken_clients_are_let_go_and_others_are_served(short, png):
    head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(png)}\r\n".encode()
    address = f"http://{short[0]}:{short[1]}"
    cases = {
        b"": b"",  # says nothing
        head[:20]: b"",
        head + b"\r\n": b"HTTP/1.1 408",
        head + b"\r\n" + png[:100]: b"HTTP/1.1 408",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /": b"HTTP/1.1 200",
        b"\x16\x03\x01\x02\x00 TLS or nonsense\r\n\r\n": b"HTTP/1.1 400",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"a" * 100_000: b"HTTP/1.1 431",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n": b"HTTP/1.1 501",
        b"POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n": b"HTTP/1.1 400",
        b"GET /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n": b"HTTP/1.1 404",
    }
    with ThreadPoolExecutor(len(cases) + 1) as pool:
        waiting = {sent: pool.submit(what_comes, short, sent) for sent in cases}
        good = httpx2.post(f"{address}{PREDICT}", content=png, timeout=30)
        for sent, answer in waiting.items():
            assert answer.result().startswith(cases[sent]), sent[:60]
            assert bool(answer.result()) == bool(cases[sent]), sent[:60]
    assert good.status_code == 200
    cut = socket.create_connection(short)
    cut.sendall(head + b"\r\n" + png[:200])
    cut.close()
    assert httpx2.post(f"{address}{PREDICT}", content=png, timeout=30).json() == good.json()


def told_by(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode(), json.loads(body)["problems"][0]


def test_even_what_is_not_http_is_answered_as_everything_is(short):
    head, told = told_by(what_comes(short, b"nonsense\r\n\r\n"))
    assert head.startswith("HTTP/1.1 400 Bad Request\r\n")
    assert "content-type: application/json" in head
    assert "connection: close" in head.lower()
    assert told["place"] == "request"
    assert told["fault"].startswith("is not HTTP that can be read: ")


def test_a_body_that_is_no_longer_http_behind_an_answer_ends_the_connection_in_silence(short, caplog):
    with socket.create_connection(short, timeout=20) as client:
        client.sendall(b"POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 404")
        client.sendall(b"nonsense\r\n")
        with suppress(ConnectionResetError):
            while client.recv(65536):
                pass
    assert "asyncio" not in {each.name for each in caplog.records}, "an error in the protocol itself"


def test_a_client_that_sends_all_before_it_reads_is_told_why_it_is_refused(short):
    client = http.client.HTTPConnection(*short, timeout=20)
    with closing(client):
        client.request("POST", PREDICT, body=bytes(40_000_000))  # more than any socket buffers
        answer = client.getresponse()
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert "too large" in json.loads(answer.read())["error"]


def test_connections_are_bounded(tiny):
    limits = Limits(timeout=20)
    app = application(Service([Model(NAME, tiny, limits)], limits, Metrics()))
    with listening(app, limits, most=2) as place, ExitStack() as opened:
        for _ in range(2):
            first = opened.enter_context(socket.create_connection(place, timeout=30))
            first.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert first.recv(65536).startswith(b"HTTP/1.1 200")
        live = partial(httpx2.get, f"http://{place[0]}:{place[1]}/health/live", timeout=30)
        answer = live()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["problems"][0]["fault"] == "its 2 connections are taken"
        first.close()
        wait_until(lambda: live().status_code == 200)


def what_comes(place, sent):
    """All that comes until the server ends the connection; it drips a little more meanwhile."""
    with socket.create_connection(place, timeout=20) as client:
        client.sendall(sent)
        client.settimeout(0.2)
        received = io.BytesIO()
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            try:
                piece = client.recv(65536)
            except TimeoutError:
                try:
                    if sent:
                        client.sendall(b"x")
                except OSError:
                    break
                continue
            except OSError:
                break
            if not piece:
                break
            received.write(piece)
        else:
            raise AssertionError("the connection is still open")
        return received.getvalue()
