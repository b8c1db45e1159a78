"""The documents say what is true: their code runs, their output is what comes out, their links lead somewhere.

In a document, a block of

- ``python`` is run, one after the other in one namespace, and ``output`` below it is compared;
- ``console`` is run, and what stands below a command is compared;
- any language whose first line is a comment with a path is written to that file.

``...`` stands for anything, as in doctest. ``<!-- not run: WHY -->`` above a block leaves it out.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "README.md"])
"""Their code runs the conformance kit, or reads a folder of hundreds of pictures and trains."""
BLOCK = re.compile(r"^(<!-- not run: [^\n]+ -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w./-]+\.\w+)\n")


class Block(NamedTuple):
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(language, text) for left_out, language, text in found if not left_out]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty folder, with a place to which packages are installed and found."""
    monkeypatch.chdir(tmp_path)
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    modules = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def fresh_registry():
    """Plugins that a page installs are looked for anew."""
    from zoo_core.registry.registry import default_registry

    default_registry.cache_clear()
    yield
    default_registry.cache_clear()


@pytest.fixture
def cells(workplace, voc_root):
    """The folder of the reader's own pictures, of which docs/first_detector.md tells."""
    (workplace / "cells").symlink_to(voc_root)


@pytest.mark.usefixtures("workplace", "fresh_registry", "cells")
@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_runs_and_says_what_the_page_says(page):
    namespace: dict[str, object] = {}
    said = ""
    for language, text in blocks(page):
        if file := FILE.match(text):
            path = Path(file[1])
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / "__init__.py").touch() if path.parent.parent.name == "src" else None
            path.write_text(text, encoding="utf-8")
        elif language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, str(page), "exec"), namespace)  # noqa: S102 -- running it is the test
            said = out.getvalue()
        elif language == "output":
            compare(text, said)
        elif language == "console":
            for command, expected in commands(text):
                compare(expected, run(command, may_fail="failed" in expected))


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a console block with what is shown below it."""
    parts = re.split(r"^\$ (.+)\n", text, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def run(command: str, *, may_fail: bool) -> str:
    """What a command prints. pip installs without looking anything up, into the folder of the test."""
    program, *arguments = shlex.split(command)
    if program == "pip":
        arguments = [*arguments, "--quiet", "--no-build-isolation", "--no-deps", "--target", "site"]
        words = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check"]
    else:
        words = [str(Path(sys.executable).with_name(program)), *arguments]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    importlib.invalidate_caches()
    assert "Traceback" not in done.stderr
    # "... passed" would be said of tests of which others failed, too.
    assert program != "pytest" or may_fail or done.returncode == 0, done.stdout
    return done.stdout + done.stderr


def compare(expected: str, given: str) -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if expected.strip():
        assert doctest.OutputChecker().check_output(expected, given, flags), f"expected:\n{expected}\ngiven:\n{given}"


@pytest.mark.slow
def test_the_settings_page_is_what_the_models_say(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    module = importlib.import_module("generate_settings")
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == module.settings_page(), "run: python docs/generate_settings.py"
    assert "|  |" not in page, "a setting has no meaning: write a string below it"


@pytest.mark.slow
def test_the_table_of_detectors_is_what_its_script_makes(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    module = importlib.import_module("generate_detectors")
    page = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    assert page == module.page(), "run: python docs/generate_detectors.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\((?!https?://)([^)#]*)(?:#([\w-]+))?\)", page.read_text(encoding="utf-8")):
        linked = page.parent / target if target else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


def test_the_index_names_every_page():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"} <= set(
        re.findall(r"\((\w+\.md)\)", index)
    )


def test_every_command_is_described():
    from zoo_core.cli.commands import COMMANDS

    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert all(f"| `zoo {name}" in page for name in COMMANDS)


def test_every_hook_is_described():
    from zoo_core.registry.contributions import _HOOKS

    page = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    assert all(f"def {hook}()" in page and f"## `{hook}`" in page for hook in _HOOKS)
