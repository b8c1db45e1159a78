"""A download from a server that misbehaves in every way ends within its time and its bytes, and says why."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterable, Iterator

import pytest

from zoo_core.common.download import DownloadError, download
from zoo_core.common.messages import one_line

HEAD = b"HTTP/1.1 200 OK\r\n"
MOST = 100_000
SECONDS = 0.4


class Scripted:
    """Answers every request with the same pieces of bytes, however many they are.

    Attributes:
        pieces: what is sent, one after the other; made anew for each request.
        pause: seconds between two pieces.
        asked: the first lines of the requests.
    """

    def __init__(self) -> None:
        self.pieces: Iterable[bytes] = ()
        self.pause = 0.0
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        while not self._ends.is_set():
            try:
                peer, _ = self._socket.accept()
            except TimeoutError:
                continue
            with peer:
                peer.settimeout(1)
                self.asked.append(peer.recv(1 << 16).decode("latin-1").partition("\r\n")[0])
                try:
                    for piece in self.pieces:
                        if self._ends.wait(self.pause) if self.pause else self._ends.is_set():
                            break
                        peer.sendall(piece)
                except OSError:  # the other side has had enough
                    pass

    def close(self) -> None:
        self._ends.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


class Endless:
    """The same bytes again and again, after a beginning."""

    def __init__(self, piece: bytes, first: bytes = b"") -> None:
        self.piece, self.first = piece, first

    def __iter__(self) -> Iterator[bytes]:
        yield self.first
        while True:
            yield self.piece


def fetch(address, tmp_path, *, most=MOST, seconds=SECONDS):
    download(address, tmp_path / "file", most=most, seconds=seconds)
    return (tmp_path / "file").read_bytes()


@pytest.mark.parametrize(
    ("pieces", "pause"),
    [
        (Endless(b"x", HEAD + b"Content-Length: 90000\r\n\r\n"), 0.02),
        (Endless(b"1\r\nx\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"), 0.02),
        (Endless(b"H"), 0.02),
        (Endless(b"X-Y: z\r\n", HEAD), 0.02),
        (Endless(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.0),
        (Endless(b"x", b"HTTP/1.1 302 Found\r\nLocation: /y\r\n\r\n"), 0.02),
    ],
    ids=["body", "chunks", "status line", "headers", "going on", "redirects"],
)
def test_a_byte_now_and_then_is_given_up_when_its_time_is_over(server, tmp_path, pieces, pause):
    server.pieces, server.pause = pieces, pause
    began = time.monotonic()
    with pytest.raises(DownloadError, match=r"it takes longer than 0\.4 seconds|redirect|too many"):
        fetch(server.address, tmp_path)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "pieces",
    [
        Endless(b"x" * 50_000, HEAD + b"\r\n"),
        Endless(b"c350\r\n" + b"x" * 50_000 + b"\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        [HEAD + b"Content-Length: 1" + b"0" * 400 + b"\r\n\r\n"],
    ],
    ids=["body", "chunks", "promise"],
)
def test_a_body_without_end_fills_no_disk(server, tmp_path, pieces):
    server.pieces = pieces
    with pytest.raises(DownloadError, match="it has more than 0 MB"):
        fetch(server.address, tmp_path, seconds=30)
    assert not (tmp_path / "file").exists() or (tmp_path / "file").stat().st_size <= MOST


def test_what_is_within_time_and_bytes_comes_though_it_comes_slowly(server, tmp_path):
    server.pieces, server.pause = [HEAD + b"Content-Length: 5\r\n\r\n", *(b"a", b"b", b"c", b"d", b"e")], 0.02
    assert fetch(server.address, tmp_path, seconds=30) == b"abcde"


def test_what_came_in_time_is_kept(server, tmp_path):
    server.pieces, server.pause = Endless(b"x", HEAD + b"Content-Length: 90000\r\n\r\n"), 0.02
    with pytest.raises(DownloadError):
        fetch(server.address, tmp_path)
    assert 0 < (tmp_path / "file").stat().st_size < 90_000


def test_a_redirect_is_followed_within_host_and_port_only(server, web, tmp_path):
    web.pages["/here"] = 302, {"Location": "/there"}, b""
    web.pages["/there"] = 301, {"Location": f"{web.address}/file"}, b""
    web.pages["/file"] = 200, {}, b"content"
    assert fetch(f"{web.address}/here", tmp_path, seconds=30) == b"content"
    port = web.address.rpartition(":")[2]
    for target in (
        f"{server.address}/x",
        f"http://localhost:{port}/file",
        f"https://127.0.0.1:{port}/file",
        "//[::1]/x",
    ):
        web.pages["/away"] = 302, {"Location": target}, b""
        with pytest.raises(DownloadError, match=r"the server redirects to .*use that address if it is intended"):
            download(f"{web.address}/away", tmp_path / "away", most=MOST, seconds=30)
    assert server.asked == []


def test_redirects_in_a_circle_end(web, tmp_path):
    web.pages["/a"] = 302, {"Location": "/b"}, b""
    web.pages["/b"] = 302, {"Location": "/a"}, b""
    with pytest.raises(DownloadError, match="the server answers 302"):
        fetch(f"{web.address}/a", tmp_path, seconds=30)


@pytest.mark.parametrize(
    "address",
    [
        "http://[bad",
        "http://",
        "http:///x",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "http://user:secret@127.0.0.1:9/",
        "http://a..b/",
        "http://\udce9/",
        "http://127.0.0.1:9/\0",
        "http://127.0.0.1:9/x\r\nHost: y",
        f"http://{'x' * 5000}/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "nothing",
        "",
    ],
)
def test_what_is_no_address_is_told(address, tmp_path):
    with pytest.raises(DownloadError) as told:
        fetch(address, tmp_path)
    assert "\r" not in str(told.value)
    assert len(str(told.value)) < 300


def test_blanks_and_letters_beyond_ascii_are_encoded(web, tmp_path):
    web.pages["/a%20b/%C3%A9%E9.jpg?q=%20%41"] = 200, {}, b"content"
    assert fetch(f"{web.address}/a b/é\udce9.jpg?q= %41#part", tmp_path, seconds=30) == b"content"


def test_what_a_server_says_is_shown_harmless_and_short(server, tmp_path):
    server.pieces = [b"HTTP/1.1 404 \x1b[2J\x9b31m" + b"no" * 5000 + b"\r\nContent-Length: 0\r\n\r\n"]
    with pytest.raises(DownloadError) as told:
        fetch(server.address, tmp_path)
    assert str(told.value).startswith(r"the server answers 404 \x1b[2J\x9b31mnono")
    assert len(str(told.value)) < 300


def test_random_answers_end_and_are_told(server, tmp_path):
    chance = random.Random(0)
    whole = HEAD + b"Content-Length: 7\r\nContent-Range: bytes 0-6/7\r\n\r\ncontent"
    (tmp_path / "file").touch()
    outcomes = set()
    for _ in range(150):
        answer = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            answer[chance.randrange(len(answer))] = chance.randrange(256)
        server.pieces = [bytes(answer[: chance.choice([len(answer), chance.randrange(len(answer))])])]
        try:
            download(server.address, tmp_path / "file", most=MOST, seconds=2)
            outcomes.add("came")
        except DownloadError as error:
            outcomes.add("told" if str(error) == one_line(str(error)) else "raw")
        (tmp_path / "file").unlink(missing_ok=True)
    assert outcomes == {"came", "told"}
