"""Weights that GluonCV published, fetched from a server on this machine that misbehaves in every way."""

import hashlib
import io
import zipfile
from http.server import BaseHTTPRequestHandler

import pytest

import zoo_core as zoo
from tests.local_server import serving
from zoo_core.common.errors import RunError, UnknownNameError
from zoo_core.plugin_api import import_quietly
from zoo_gluoncv_ssd import published
from zoo_gluoncv_ssd.networks import networks
from zoo_gluoncv_ssd.store import fetch

NAME = "ssd_512_mobilenet1.0_voc"
CONTENT = bytes(range(256)) * 400


def archive_of(content, name):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


class Server:
    """Serves one archive; what it does wrong can be set.

    Attributes:
        archive: its bytes.
        sends: how many bytes of an answer are sent before the line is cut; all when None.
        adds: what is added to the true length that it tells.
        resumes: whether it heeds Range.
        status: with which it answers instead, if any.
        asked: the Range of each request.
    """

    def __init__(self, archive):
        self.archive, self.sends, self.adds, self.resumes, self.status = archive, None, 0, True, None
        self.asked = []

    def answer(self, handler):
        asked = handler.headers.get("Range")
        self.asked.append((handler.path, asked))
        begin = int(asked[len("bytes=") : -1]) if asked and self.resumes else 0
        if self.status or begin >= len(self.archive):
            handler.send_error(self.status or 416)
            return
        rest = self.archive[begin:]
        handler.send_response(206 if begin else 200)
        if begin:
            handler.send_header("Content-Range", f"bytes {begin}-{len(self.archive) - 1}/{len(self.archive)}")
        handler.send_header("Content-Length", str(len(rest) + self.adds))
        handler.end_headers()
        handler.wfile.write(rest[: self.sends])
        handler.close_connection = True


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The published weights of a detector are CONTENT here, and the server of this machine has them."""
    model_store = import_quietly("gluoncv.model_zoo.model_store")
    sha1 = hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()
    monkeypatch.setitem(model_store._model_sha1, NAME, sha1)
    server = Server(archive_of(CONTENT, f"{NAME}-{sha1[:8]}.params"))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.answer(self)

        def log_message(self, *_):
            pass

    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    server.folder, server.file = tmp_path / "models", tmp_path / "models" / f"{NAME}-{sha1[:8]}.params"
    with serving(Handler) as address:
        monkeypatch.setenv("MXNET_GLUON_REPO", address)
        yield server


def test_fetched_once_into_gluoncvs_folder(store):
    assert fetch(NAME) == store.file
    assert store.file.read_bytes() == CONTENT
    assert [path.name for path in store.folder.iterdir()] == [store.file.name]
    assert fetch(NAME) == store.file
    assert store.asked == [(f"/gluon/models/{store.file.stem}.zip", None)]


def test_gluoncv_takes_the_file_for_its_own(store):
    fetch(NAME)
    assert import_quietly("gluoncv.model_zoo.model_store").get_model_file(NAME) == str(store.file)
    assert len(store.asked) == 1


def test_a_transfer_that_is_cut_off_goes_on_where_it_ended(store):
    store.sends = 40_000
    with pytest.raises(RunError, match=rf"the server stopped after 40000 of {len(store.archive)} bytes"):
        fetch(NAME)
    with pytest.raises(RunError, match=rf"stopped after 80000 of {len(store.archive)} bytes"):
        fetch(NAME)
    assert not store.file.exists()
    store.sends = None
    seen = []
    assert fetch(NAME, lambda have, whole: seen.append((have, whole))).read_bytes() == CONTENT
    assert [asked for _, asked in store.asked] == [None, "bytes=40000-", "bytes=80000-"]
    assert seen[-1] == (len(store.archive), len(store.archive))


def test_a_server_that_cannot_go_on_begins_anew(store):
    store.sends, store.resumes = 40_000, False
    with pytest.raises(RunError, match="stopped after 40000"):
        fetch(NAME)
    store.sends = None
    assert fetch(NAME).read_bytes() == CONTENT


@pytest.mark.parametrize(("adds", "message"), [(500, r"stopped after \d+ of \d+ bytes"), (-500, "not an archive with")])
def test_a_lie_about_the_size_is_noticed_and_does_no_lasting_harm(store, adds, message):
    store.adds = adds
    with pytest.raises(RunError, match=message):
        fetch(NAME)
    assert not store.file.exists()
    store.adds = 0
    assert fetch(NAME).read_bytes() == CONTENT


def test_wrong_bytes_are_refused_and_not_kept(store):
    right = store.archive
    store.archive = archive_of(CONTENT[:-1] + b"!", store.file.name)
    with pytest.raises(RunError, match=r"has the SHA-1 \w{40}, but should have \w{40}"):
        fetch(NAME)
    assert list(store.folder.iterdir()) == []
    store.archive = archive_of(CONTENT, "another.params")
    with pytest.raises(RunError, match=rf"not an archive with {store.file.name} in it"):
        fetch(NAME)
    store.archive = right
    assert fetch(NAME).read_bytes() == CONTENT


def test_a_damaged_file_in_the_folder_is_fetched_anew(store):
    store.folder.mkdir()
    store.file.write_bytes(CONTENT[:100])
    assert fetch(NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("repository", ["http://127.0.0.1:9", "nothing"])
def test_without_a_server_it_is_said_which_file_to_put_where(store, monkeypatch, repository):
    monkeypatch.setenv("MXNET_GLUON_REPO", repository)
    with pytest.raises(RunError) as told:
        fetch(NAME)
    assert f"put {store.file.name} into {store.folder}" in str(told.value)
    store.folder.mkdir(exist_ok=True)
    store.file.write_bytes(CONTENT)
    assert fetch(NAME) == store.file


def test_a_refusal_is_said(store):
    store.status = 403
    with pytest.raises(RunError, match="the server answers 403 Forbidden"):
        fetch(NAME)


def test_the_names_are_those_of_gluoncvs_store():
    known = import_quietly("gluoncv.model_zoo.model_store")._model_sha1
    assert tuple(sorted(name for name in known if name.startswith("ssd_"))) == published.DETECTORS
    assert set(published.CLASSIFIERS) == (networks().keys() & known.keys()) | {"vgg16_atrous"}
    assert tuple(sorted(published.CLASSIFIERS)) == published.CLASSIFIERS


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("ssd_512_mobilenet1.0_vox", "ssd_512_mobilenet1.0_voc"), ("mobilnet1.0", "mobilenet1.0")],
)
def test_a_name_that_is_not_there_is_met_with_a_near_one(wrong, near):
    with pytest.raises(UnknownNameError) as told:
        zoo.load(f"gluoncv:{wrong}")
    assert str(told.value) == (
        f"no file of published weights is named 'gluoncv:{wrong}'; did you mean 'gluoncv:{near}'? "
        "`zoo list weights` names all"
    )


def test_a_misspelt_library_is_met_with_the_near_name():
    with pytest.raises(RunError, match=rf"no such file of weights; did you mean 'gluoncv:{NAME}'"):
        zoo.load(f"gluonvc:{NAME}")


def test_a_server_that_refuses_is_told_to_who_loads_or_begins_from_it(store):
    store.status = 403
    for use in (lambda: zoo.load(f"gluoncv:{NAME}"), lambda: zoo.build(NAME, {"weights.source": f"gluoncv:{NAME}"})):
        with pytest.raises(
            RunError, match=rf"gluoncv:{NAME} is not in .* and cannot be fetched: the server answers 403"
        ):
            use()
