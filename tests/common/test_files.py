"""Names that no file can have, or should not: no question about one fails, and nothing is read or written half."""

from __future__ import annotations

import errno
import os
import random
import stat
import threading
from pathlib import Path

import pytest

from zoo_core.common import files
from zoo_core.common.errors import DatasetError
from zoo_core.common.files import as_path, exists, files_below, is_file, is_folder, is_missing, names_beside, names_in
from zoo_core.common.messages import one_line, printable, printable_message
from zoo_core.common.reading import read_bytes, read_text
from zoo_core.common.writing import check_writable, replacing, write_text

IMPOSSIBLE = ["a\0b", "\ud800", "~\0", "~\ud800", "x" * 5000, "y/" * 3000, "~" + "z" * 5000]


@pytest.mark.parametrize("name", [*IMPOSSIBLE, "", "~nobody_is_called_so", "~nobody_is_called_so/x.jpg", "none"])
def test_no_question_about_a_name_fails(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = as_path(name)
    assert not is_file(path)
    assert is_folder(path) == exists(path) == (name == "")
    assert isinstance(is_missing(path), bool)
    assert isinstance(names_beside(path), list)
    with pytest.raises(DatasetError, match=r"no such file|cannot be read"):
        read_bytes(path, DatasetError)


def test_home_folders_are_meant_where_there_are_such(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert as_path("~/x.jpg") == tmp_path / "x.jpg"
    assert as_path("~") == tmp_path
    assert as_path("~root") == Path(os.path.expanduser("~root"))  # noqa: PTH111 -- what is compared
    assert as_path("~x.jpg") == Path("~x.jpg")
    (tmp_path / "~root").write_text("content")
    assert read_text(as_path("~root"), DatasetError) == "content"


def test_neither_pipes_nor_devices_nor_what_is_too_large_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(8 << 30)
    for name, message in [
        ("pipe", "is a pipe, not a regular file"),
        ("/dev/zero", "is a device, not a regular file"),
        (".", "is a folder, not a file"),
        ("sparse", r"has 8589934592 bytes, but at most 67108864 \(64 MB\) are read"),
    ]:
        with pytest.raises(DatasetError, match=message):
            read_text(tmp_path / name, DatasetError)


def test_text_is_utf_8_with_or_without_a_mark(tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbf\xc3\xa9")
    assert read_text(tmp_path / "a", DatasetError) == "é"
    (tmp_path / "a").write_bytes(b"abc\xe9")
    with pytest.raises(DatasetError, match="a: is not text in UTF-8: byte 4 is 0xe9"):
        read_text(tmp_path / "a", DatasetError)


def test_what_is_locked_is_told_and_not_taken_for_empty(tmp_path, kept_out):
    for name in ("open/a", "locked/b", "open/c/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert files_below(tmp_path / "open", DatasetError) == [tmp_path / "open" / "a", tmp_path / "open" / "c" / "d"]
    kept_out(tmp_path / "locked")
    assert not is_missing(tmp_path / "locked" / "b")
    for told in (
        lambda: names_in(tmp_path / "locked", DatasetError),
        lambda: files_below(tmp_path, DatasetError),
        lambda: read_bytes(tmp_path / "locked" / "b", DatasetError),
        lambda: check_writable(tmp_path / "locked" / "new", DatasetError),
    ):
        with pytest.raises(DatasetError, match=r"locked.*: Permission denied|cannot be written: "):
            told()


@pytest.mark.parametrize("name", ["x" * 251 + ".csv", "é" * 125 + ".csv", "\udce9" * 249, "-", "...", ".csv", "a\nb"])
def test_every_name_that_a_file_can_have_can_be_written(name, tmp_path):
    write_text(tmp_path / "new" / name, "old")
    write_text(tmp_path / "new" / name, "new \udce9")
    assert (tmp_path / "new" / name).read_text(encoding="utf-8") == r"new \udce9"
    assert os.listdir(tmp_path / "new") == [name]  # noqa: PTH208 -- names are compared


@pytest.mark.parametrize("name", [*IMPOSSIBLE, "", "x" * 256, "pipe", "folder", "file/x", "file/x/y", "loop/x"])
def test_what_cannot_be_written_is_told_before_and_while_it_is(name, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("content")
    (tmp_path / "loop").symlink_to("loop")
    path = tmp_path / name
    with pytest.raises(DatasetError, match="cannot be written"):
        check_writable(path, DatasetError)
    with pytest.raises(OSError), replacing(path):  # noqa: PT011 -- of every kind
        pytest.fail("the block should not be entered")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder", "loop", "pipe"]  # noqa: PTH208 -- names are compared
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_device_is_not_replaced_by_a_file():
    before = Path("/dev/null").stat().st_rdev
    with pytest.raises(DatasetError, match="/dev/null: cannot be written: is a device, not a regular file"):
        check_writable(Path("/dev/null"), DatasetError)
    with pytest.raises(OSError, match="is a device"):
        write_text(Path("/dev/null"), "text")
    assert Path("/dev/null").stat().st_rdev == before


def test_endings_are_asked_for(tmp_path):
    check_writable(tmp_path / "a.PNG", DatasetError, [".png", ".jpg"])
    for name in ("a.foo", "a", ".png", "a.png.gz"):
        with pytest.raises(DatasetError, match=r"its name should end in \.png, \.jpg$"):
            check_writable(tmp_path / name, DatasetError, [".png", ".jpg"])


def test_two_writers_of_one_file_do_not_mix(tmp_path):
    texts = [letter * 200_000 for letter in "abcdef"]
    threads = [threading.Thread(target=write_text, args=(tmp_path / "file", text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_text() in texts
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 -- names are compared


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    write_text(tmp_path / "file", "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 -- names are compared


def test_random_names_are_answered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chance = random.Random(0)
    letters = [*"~/.\0\n\x1b*[]{}? é", "\udce9", "\ud800", "x" * 200, "..", "~root", "http://"]
    for _ in range(2000):
        path = as_path("".join(chance.choices(letters, k=chance.randrange(8))))
        kinds = [is_file(path), is_folder(path)]
        assert sum(kinds) <= exists(path) <= 1
        if not kinds[0]:
            with pytest.raises(DatasetError):
                read_bytes(path, DatasetError)


def test_nothing_that_is_shown_steers_a_terminal():
    hostile = "".join(map(chr, range(0x110000)))
    shown = printable(hostile)
    assert shown.encode().decode() == shown
    for harmful in "\x1b\x9b\r\b\x7f\u202e\u2066\u200f\u2028\u061c":
        assert harmful not in shown
    for harmless in "é中😀\u200d\u00a0\ufb01\n\t":
        assert harmless in shown
    assert printable("caf\udce9 \x1b[31m \x9b \u202e \ud800") == r"caf\xe9 \x1b[31m \x9b \u202e \ud800"
    assert one_line("a\nzoo: all is well") == r"a\nzoo: all is well"
    assert printable_message("a: 2 problems\n  b\n  c\nzoo: d") == "a: 2 problems\n  b\n  c\\nzoo: d"
