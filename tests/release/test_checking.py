"""Each fault that a wheel or an sdist can have is found, and a good one has none."""

from __future__ import annotations

import tarfile
from io import BytesIO
from zipfile import ZipFile

import pytest

from release.checking import relative_links, sdist_problems, wheel_problems

METADATA = f"""\
Metadata-Version: 2.4
Name: zoo-toy
Version: 1.0
Summary: A toy
License-Expression: Apache-2.0
License-File: LICENSE
Requires-Python: >=3.11
Keywords: toy
Classifier: Typing :: Typed

# zoo-toy

{"Something is said. " * 20} [More](https://example.org/more), [below](#below).
"""
WHEEL = {
    "zoo_toy-1.0.dist-info/METADATA": METADATA,
    "zoo_toy-1.0.dist-info/licenses/LICENSE": "",
    "zoo_toy/__init__.py": "",
    "zoo_toy/py.typed": "",
    "zoo_toy/cli/scaffold/templates/tests/test_newpart.py": "",
}
SDIST = ("LICENSE", "README.md", "pyproject.toml", "PKG-INFO", "src/zoo_toy/__init__.py", "tests/test_toy.py")


def wheel(folder, without=(), **changed):
    path = folder / "zoo_toy-1.0-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for name, text in {**WHEEL, **changed}.items():
            if name not in without:
                archive.writestr(name, text)
    return path


def test_a_good_wheel_has_no_problem(tmp_path):
    assert wheel_problems(wheel(tmp_path)) == []


@pytest.mark.parametrize(
    ("without", "problem"),
    [
        ("zoo_toy-1.0.dist-info/licenses/LICENSE", "has no LICENSE"),
        ("zoo_toy/py.typed", "has no zoo_toy/py.typed"),
    ],
)
def test_what_a_wheel_lacks_is_said(tmp_path, without, problem):
    assert wheel_problems(wheel(tmp_path, without=[without])) == [f"zoo_toy-1.0-py3-none-any.whl: {problem}"]


@pytest.mark.parametrize(
    "stray",
    ["zoo_toy/tests/test_toy.py", "tests/test_toy.py", "zoo_toy/__pycache__/a.pyc", "zoo_toy/.DS_Store", "a.py"],
)
def test_files_that_do_not_belong_are_named(tmp_path, stray):
    assert wheel_problems(wheel(tmp_path, **{stray: ""})) == [
        f"zoo_toy-1.0-py3-none-any.whl: {stray}: does not belong to the package"
    ]


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("Summary: A toy\n", "", "its metadata have no Summary"),
        ("License-Expression: Apache-2.0\n", "", "its metadata have no License-Expression"),
        ("Keywords: toy\n", "Keywords: toy\nProject-URL: Home, here\n", "Project-URL Home, here is no address"),
        ("https://example.org/more", "docs/more.md", "its description links to docs/more.md, which no index has"),
        ("Something is said. " * 20, "", "its description says next to nothing"),
    ],
)
def test_faulty_metadata_are_named(tmp_path, good, bad, problem):
    assert good in METADATA
    changed = {"zoo_toy-1.0.dist-info/METADATA": METADATA.replace(good, bad)}
    assert wheel_problems(wheel(tmp_path, **changed)) == [f"zoo_toy-1.0-py3-none-any.whl: {problem}"]


@pytest.mark.parametrize(
    ("names", "problems"),
    [
        (SDIST, []),
        (SDIST[1:], ["has no LICENSE"]),
        ((*SDIST, "src/zoo_toy/a.orig"), ["src/zoo_toy/a.orig: does not belong to it"]),
        ((*SDIST, "src/zoo_toy/__pycache__/a.pyc"), ["src/zoo_toy/__pycache__/a.pyc: does not belong to it"]),
    ],
)
def test_an_sdist_has_what_it_needs_and_nothing_else(tmp_path, names, problems):
    path = tmp_path / "zoo_toy-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(f"zoo_toy-1.0/{name}"), BytesIO())
    assert sdist_problems(path) == [f"zoo_toy-1.0.tar.gz: {problem}" for problem in problems]


def test_links_are_relative_or_not():
    text = "[a](https://example.org) [b](#here) [c](../LICENSE) ![d](pictures/d.png) [e](mailto:a@example.org)"
    assert relative_links(text) == ["../LICENSE", "pictures/d.png"]
