"""The example of a stranger's plugin: built, installed and trained, and the tutorial tells the truth about it."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "zoo-fpn-atss"
TUTORIAL = (DOCS / "tutorial_plugin.md").read_text(encoding="utf-8")

EXCERPT = re.compile(r"^<!-- not run: an excerpt of (\S+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^<!-- not run: by this test .*?-->\n```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def installed(environment):
    """The environment with the example in it."""
    environment.install(EXAMPLE)
    yield environment
    environment.uninstall("zoo-fpn-atss")


def test_it_trains_one_step_and_is_exported(installed, tmp_path):
    settings = (
        "training.epochs=1",
        "training.batch_size=4",
        "training.workers=0",
        "data.train_images=4",
        "data.validation_images=2",
    )
    done = installed.zoo(
        "train", "fpn_atss_shapes", "--out", tmp_path / "run", *(f"--set={setting}" for setting in settings)
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "metrics.json").is_file()
    done = installed.zoo("export", tmp_path / "run", tmp_path / "model.onnx")
    assert done.returncode == 0, done.stderr
    assert "as MXNet sees them" in done.stdout


@pytest.mark.slow
def test_it_passes_its_own_checks(installed, tmp_path):
    installed.python("-m", "mypy", "--cache-dir", tmp_path, cwd=EXAMPLE)
    installed.python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=EXAMPLE)


@pytest.mark.parametrize(("file", "text"), EXCERPT.findall(TUTORIAL))
def test_the_tutorial_quotes_the_example(file, text):
    # The formatter takes the indentation from what stands in a document.
    quoted, whole = ("".join(each.split()) for each in (text, (EXAMPLE / file).read_text(encoding="utf-8")))
    assert quoted in whole


def test_the_tutorial_shows_what_commands_say(installed):
    blocks = "".join(CONSOLE.findall(TUTORIAL))
    _, *parts = re.split(r"^\$ (.+)\n", blocks, flags=re.MULTILINE)
    assert len(parts) > 4
    for command, expected in zip(parts[::2], parts[1::2], strict=True):
        program, *words = shlex.split(command)
        said = installed.run(program, *words, NO_COLOR="1")
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        given = said.stdout + said.stderr
        assert doctest.OutputChecker().check_output(expected, given, flags), f"{command}\n{given}"
