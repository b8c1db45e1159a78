"""What strangers send is bounded, and refused with a reason; nothing of the server is read for them."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from tests.serving.conftest import PREDICT, Slow, encoded, problems, wait_until
from zoo_core.common.errors import ArgumentError
from zoo_core.serving.limits import Limits


def bomb(width, height):
    """A PNG of a few bytes whose header promises many pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def in_kind(kind):
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is empty"),
        (b"\xff\xd8\xff\xe0 nonsense", "truncated or damaged"),
        (b"/etc/passwd", "is not an image"),
        (b"http://127.0.0.1/picture.jpg", "is not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not an image"),
        (bomb(6000, 7000), "has 6000x7000 pixels; should have at most 40 million"),
        (bomb(60_000, 60_000), "is larger than the limit for an image"),
        (bomb(0, 5), "is not an image"),
        (in_kind("GIF"), "of the kind GIF; should be one of BMP, JPEG, PNG, TIFF, WebP"),
        (in_kind("EPS"), "of the kind EPS"),
        (in_kind("ICO"), "of the kind ICO"),
    ],
)
def test_what_is_no_picture_is_refused(client, content, fault):
    ((place, told),) = problems(client.post(PREDICT, content=content), 422).items()
    assert place in ("picture", "body")
    assert fault in told


def test_a_truncated_picture_is_named_among_others(client, picture, png):
    jpeg = encoded(picture, "JPEG")
    files = [("p", ("good.png", png)), ("p", ("cut.jpg", jpeg[: len(jpeg) // 2])), ("p", ("empty", b""))]
    found = problems(client.post(PREDICT, files=files), 422)
    assert list(found) == ["pictures[2] (empty)"], "headers are judged before anything is decoded"
    found = problems(client.post(PREDICT, files=files[:2]), 422)
    assert "truncated or damaged" in found["pictures[1] (cut.jpg)"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b'{"url": "http://127.0.0.1/picture.jpg"}'),
        ("application/json", b'{"path": "/etc/passwd"}'),
        ("text/plain", b"/etc/passwd"),
    ],
)
def test_no_path_and_no_address_is_read(client, kind, content):
    found = problems(client.post(PREDICT, content=content, headers={"Content-Type": kind}), 415)
    assert "neither paths nor addresses are read for a client|send the bytes of one picture" in found["body"]


def test_forms_that_are_none(client, png):
    assert (
        "is not a file|parameters are part of the address"
        in problems(client.post(PREDICT, files=[("p", png)], data={"score": "0.3"}), 422)["form, score"]
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    part = b'--x\r\nContent-Disposition: form-data; name="p"; filename="p.png"\r\n\r\n' + png + b"\r\n"
    assert client.post(PREDICT, content=part + b"--x--\r\n", headers=kind).status_code == 200
    assert "ends before" in problems(client.post(PREDICT, content=part, headers=kind), 422)["body"]
    assert "ends before" in problems(client.post(PREDICT, content=part + part[:150], headers=kind), 422)["body"]
    for headers in (kind, {"Content-Type": "multipart/form-data"}):
        assert (
            "is not a whole form" in problems(client.post(PREDICT, content=b"nonsense", headers=headers), 422)["body"]
        )
    long = {"Content-Type": f"multipart/form-data; boundary={'x' * 300}"}
    many = {"Content-Type": f"multipart/form-data; boundary=x{';' * 1000}"}
    assert "its Content-Type has 1031 char" in problems(client.post(PREDICT, content=part, headers=many), 422)["body"]
    assert "Boundary length" in problems(client.post(PREDICT, content=part, headers=long), 422)["body"]
    assert "without a file" in problems(client.post(PREDICT, content=b"--x--\r\n", headers=kind), 422)["body"]


def test_requests_are_bounded(serving, png):
    client = serving(body=20_000, pictures=2)
    assert client.post(PREDICT, files=[("p", png)] * 2).status_code == 200
    assert "at most 2 pictures" in problems(client.post(PREDICT, files=[("p", png)] * 3), 422)["body"]
    large = b"\0" * 20_001
    for content in (large, iter([large[:10_000], large[:10_001]])):
        answer = client.post(PREDICT, content=content)
        assert problems(answer, 413) == {"body": "is too large|at most 20000 bytes in a request"}
        assert answer.headers["connection"] == "close"
    answer = client.post(PREDICT, content=zlib.compress(large), headers={"Content-Encoding": "deflate"})
    assert "should not be there; given 'deflate'" in problems(answer, 415)["Content-Encoding"]


def test_the_memory_of_all_requests_is_bounded_and_given_back(serving, picture, png):
    size = picture.size + len(png)
    client = serving(body=len(png), pixels=picture.size // 3, memory=2 * size - 1)
    for _ in range(3):
        assert client.post(PREDICT, content=png).status_code == 200
        assert client.post(PREDICT, content=png[:300]).status_code == 422
        assert client.service.memory.left == 2 * size - 1
    with client.service.memory.claim() as claim:
        claim.add(size)
        answer = client.post(PREDICT, content=png)
    assert problems(answer, 503) == {"service": "its memory is taken by other requests|try again in a second"}
    assert answer.headers["retry-after"] == "1"
    assert client.post(PREDICT, content=png).status_code == 200


def test_limits_that_contradict_each_other():
    with pytest.raises(ArgumentError, match=r"40 megapixels in a request of 32 MB takes 152 MB, and .* take 100 MB"):
        Limits(memory=100_000_000)
    with pytest.raises(ArgumentError, match="16 pictures, but no more than 8 may wait"):
        Limits(queue=8)


def test_a_full_queue_refuses_and_what_it_took_is_answered(serving, tiny, png):
    gate = threading.Event()
    slow = Slow(tiny, gate)
    client = serving(slow, batch=1, queue=2, pictures=2)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(client.post, PREDICT, content=png)
        wait_until(lambda: slow.batches == [1])
        others = pool.submit(client.post, PREDICT, files=[("p", png)] * 2)
        wait_until(lambda: client.service.models["tiny"].worker.waiting == 2)
        answer = client.post(PREDICT, content=png)
        assert problems(answer, 503)["model 'tiny'"] == "its queue of 2 pictures is full|try again in a second"
        assert answer.headers["retry-after"] == "1"
        gate.set()
        assert first.result().status_code == 200
        assert others.result().json()[0]["objects"] == first.result().json()["objects"]
    assert 'zoo_requests_total{method="POST",route="/v1/models/{name}/predict",status="503"} 1.0' in (
        client.get("/metrics").text
    )


def test_who_waits_too_long_is_told_so_and_its_pictures_are_passed_over(serving, tiny, png):
    gate = threading.Event()
    slow = Slow(tiny, gate)
    client = serving(slow, batch=1, timeout=0.2)
    with ThreadPoolExecutor(2) as pool:
        for answer in pool.map(lambda _: client.post(PREDICT, content=png), range(2)):
            assert "within 0.2 seconds" in problems(answer, 504)["model 'tiny'"]
    gate.set()
    wait_until(lambda: not client.service.models["tiny"].worker.waiting)
    assert slow.batches == [1]
