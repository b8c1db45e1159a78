"""What is fetched from the web: whole, of bounded size, and gone afterwards."""

import socket

import pytest

from zoo_core.common import download
from zoo_core.common.errors import DatasetError
from zoo_core.prediction.sources import addresses
from zoo_core.prediction.sources.addresses import fetched, name_in


def test_a_file_is_there_until_it_has_been_used(web):
    web.pages["/picture.jpg"] = 200, {}, b"content"
    with fetched(f"{web.address}/picture.jpg") as file:
        assert file.read_bytes() == b"content"
        assert file.suffix == ".jpg"
    assert not file.parent.exists()


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ((404, {}, b""), r"/x\.jpg: the server answers 404"),
        ((200, {"Content-Length": "99"}, b"half"), r"/x\.jpg: cannot be fetched: .*stopped after 4 of 99 bytes"),
        ((200, {"Content-Length": "100000"}, b""), "has more than 0 MB"),
        ((200, {"Content-Length": ""}, b"x" * 5000), "has more than 0 MB"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "cannot be fetched|answers 302"),
        ((302, {"Location": "ftp://127.0.0.1/x"}, b""), r"the server redirects to ftp://"),
    ],
)
def test_what_goes_wrong_is_told_with_the_address(web, page, message, monkeypatch):
    monkeypatch.setattr(addresses, "MOST_BYTES", 4000)
    web.pages["/x.jpg"] = page
    with pytest.raises(DatasetError, match=message), fetched(f"{web.address}/x.jpg"):
        pass


def test_a_server_may_send_on_to_another_address(web):
    web.pages["/x.jpg"] = 302, {"Location": f"{web.address}/y.jpg"}, b""
    web.pages["/y.jpg"] = 200, {}, b"content"
    with fetched(f"{web.address}/x.jpg") as file:
        assert file.read_bytes() == b"content"


def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(download, "_PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x.jpg"
        with pytest.raises(DatasetError, match="timed out"), fetched(address):
            pass


def test_nothing_but_the_web_is_an_address():
    assert download.is_address("HTTPS://example.org/x.jpg")
    assert not any(map(download.is_address, ("ftp://example.org/x.jpg", "file:///x.jpg", "http.jpg", "-")))


def test_a_server_that_is_too_slow_is_given_up_with_the_address(web, monkeypatch):
    monkeypatch.setattr(addresses, "MOST_SECONDS", 0.0)
    web.pages["/x.jpg"] = 200, {}, b"content"
    with (
        pytest.raises(DatasetError, match=r"/x\.jpg: cannot be fetched: it takes longer than 0 seconds"),
        fetched(f"{web.address}/x.jpg"),
    ):
        pass


@pytest.mark.parametrize("address", ["http://[bad", "http://[::1", "http://[bad]/x.jpg"])
def test_what_only_begins_as_an_address_has_no_name(address):
    with pytest.raises(DatasetError, match="is not the address of a web server"):
        name_in(address)


@pytest.mark.parametrize(
    "address", ["http://host/" + 5000 * "x" + ".jpg", "http://host/x." + 5000 * "y", "http://" + 5000 * "h"]
)
def test_the_name_at_an_address_is_one_that_a_file_can_have(address, tmp_path):
    (tmp_path / name_in(address)).touch()
