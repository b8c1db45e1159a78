"""From what is named on the command line to pictures and videos, each with a place of its own."""

import io
import os
from pathlib import Path

import pytest

from zoo_core.common.errors import DatasetError
from zoo_core.prediction.sources.finding import Inputs, lines_of


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Pictures, a video and other things in folders; the current folder is the one above."""
    for name in ("a/x.jpg", "a/deep/y.PNG", "a/clip.mp4", "a/notes.txt", "b/x.jpg", "a/.hidden/z.jpg", "a/._x.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(*arguments, lines=(), left_out=None):
    return [(each.name, str(each.place)) for each in Inputs(arguments, lines, left_out)]


def test_a_folder_stands_for_what_is_in_it_and_below(tree):
    found = [("a/clip.mp4", "clip.mp4"), ("a/x.jpg", "x.jpg"), ("a/deep/y.PNG", "deep/y.PNG")]
    assert places("a") == found
    assert places(f"{tree}/a/") == [(f"{tree}/{name}", place) for name, place in found]


@pytest.mark.usefixtures("tree")
def test_files_of_one_name_have_places_of_their_own():
    assert places("a/x.jpg", "b/x.jpg") == [("a/x.jpg", "a/x.jpg"), ("b/x.jpg", "b/x.jpg")]
    assert places("a/x.jpg") == [("a/x.jpg", "x.jpg")]
    assert places("../elsewhere/x.jpg", "a/x.jpg")[1][1].endswith("a/x.jpg")


@pytest.mark.usefixtures("tree")
def test_patterns_are_expanded():
    assert places("*/x.jpg") == [("a/x.jpg", "a/x.jpg"), ("b/x.jpg", "b/x.jpg")]
    assert [name for name, _ in places("a/**/*.*[gG]")] == ["a/deep/y.PNG", "a/x.jpg"]
    with pytest.raises(DatasetError, match=r"\*\.gif: nothing matches this pattern"):
        Inputs(["*.gif"])


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tree):
    (tree / "a[1].jpg").touch()
    assert places("a[1].jpg") == [("a[1].jpg", "a[1].jpg")]


def test_a_folder_without_pictures_is_an_error(tree):
    (tree / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"empty: no images in this folder \(\.jpg"):
        Inputs(["empty"])


def test_where_results_go_is_not_looked_into(tree):
    (tree / "a" / "found").mkdir()
    (tree / "a" / "found" / "x.jpg").touch()
    assert len(places("a", left_out=Path("a/found"))) == 3
    assert len(places("a")) == 4


@pytest.mark.usefixtures("tree")
def test_a_list_is_read_line_by_line_and_a_faulty_line_stops_nothing():
    taken = []

    def lines():
        for line in ("a/x.jpg\n", "\n", "b\r\n", "a/.hidden\n", "a/deep/y.PNG"):
            taken.append(line)
            yield line

    inputs = Inputs(["b/x.jpg", "-"], lines())
    assert inputs.known is None
    assert not taken
    iterator = iter(inputs)
    assert [next(iterator).name for _ in range(3)] == ["b/x.jpg", "a/x.jpg", "b/x.jpg"]
    assert len(taken) == 3
    assert [each.name for each in iterator] == ["a/.hidden/z.jpg", "a/deep/y.PNG"]


def test_a_line_that_is_an_empty_folder_is_an_error_in_its_turn(tree):
    (tree / "empty").mkdir()
    found = list(Inputs(["-"], ["empty", "a/x.jpg"]))
    assert isinstance(found[0], DatasetError)
    assert found[1].name == "a/x.jpg"


def test_addresses_are_named_by_their_last_part():
    assert places("https://example.org/a/picture%20of.jpg?size=3") == [
        ("https://example.org/a/picture%20of.jpg?size=3", "picture of.jpg")
    ]
    hostile = places("http://example.org/..%2F..%2Fetc%2Fpasswd", "http://example.org/", "http://example.org/%2e%2e")
    assert [place for _, place in hostile] == ["passwd", "example.org", "example.org"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="there are no links here")
def test_links_to_folders_above_do_not_make_it_endless(tree):
    (tree / "a" / "loop").symlink_to(tree)
    assert len(places("a")) == 3


def test_a_locked_folder_is_told_in_its_turn_and_the_others_go_on(tree, kept_out):
    (tree / "a" / "also").mkdir()
    (tree / "a" / "also" / "z.jpg").touch()
    kept_out(tree / "a" / "deep")
    for argument in ("a", "a/**/*.*", "a/*/*.jpg"):
        found = list(Inputs([argument]))
        errors = [str(each) for each in found if isinstance(each, DatasetError)]
        assert errors == ["a/deep: cannot be read: Permission denied"]
        assert any(str(each.place).endswith("z.jpg") for each in found if not isinstance(each, DatasetError))
    assert len(list(Inputs(["-"], ["a"]))) == 4


def test_a_locked_folder_alone_is_refused(tree, kept_out):
    kept_out(tree / "a")
    for argument in ("a", "a/*.jpg"):
        with pytest.raises(DatasetError, match="a: cannot be read: Permission denied"):
            Inputs([argument])


@pytest.mark.usefixtures("tree")
def test_what_means_nothing_stops_nothing_else():
    found = list(Inputs(["*.gif", "http://[bad", "a/.hidden/../deep", "b/x.jpg"]))
    assert [str(each).partition(":")[0] for each in found[:2]] == ["*.gif", "http"]
    assert [str(each.place) for each in found[2:]] == ["a/deep/y.PNG", "b/x.jpg"]
    with pytest.raises(DatasetError, match=r"nothing matches this pattern\n  http://\[bad: is not the address"):
        Inputs(["*.gif", "http://[bad"])


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    "name", ["a\0b.jpg", "x" * 5000, "~nobody_is_called_so/x.jpg", "~x.jpg", "\ud800", "\udce9.jpg"]
)
def test_every_name_is_an_input_that_is_told_when_it_is_read(name):
    assert [each.name for each in Inputs([name, "-"], [name])] == [name, name]


def test_a_list_may_hold_any_bytes_and_lines_of_any_length(tree):
    os.close(os.open(os.fsencode(tree) + b"/\xe9.jpg", os.O_CREAT))
    content = b"\xe9.jpg\n" + b"x" * 1_000_000 + b"\n\0\xff\xfe\na/x.jpg"
    lines = list(lines_of(io.TextIOWrapper(io.BytesIO(content), "utf-8")))
    assert [len(line) for line in lines] == [6, 1 << 16, 4, 7]
    found = list(Inputs(["-"], lines))
    assert [each.path.exists() for each in (found[0], found[3])] == [True, True]


class EndlessLine(io.TextIOBase):
    """A list of one line that never ends."""

    read_in_all = 0

    def readline(self, limit):
        self.read_in_all += limit
        return "x" * limit


def test_a_line_without_end_ends_the_list():
    endless = EndlessLine()
    assert [len(line) for line in lines_of(endless)] == [1 << 16]
    assert endless.read_in_all < 100_000_000
