"""A disk that is full: told, what was finished stays, and the same command goes on when there is room."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import zoo_core as zoo
from tests.cluster.conftest import SETTINGS, assert_all_gone, digest, merged, training, write_pictures
from tests.cluster.test_scoring import DATA
from tests.tuning.test_command import arguments, told
from zoo_core.cli import main

UNSHARE = "/usr/bin/unshare"


def can_mount() -> bool:
    return subprocess.run([UNSHARE, "-rm", "true"], capture_output=True, check=False).returncode == 0


pytestmark = [pytest.mark.slow, pytest.mark.skipif(not can_mount(), reason="needs a mount namespace")]
WITH_ADAM = {"training.optimizer": "adam", "training.ema_decay": 0.9, "loss": "ssd_multibox"}
FILLED = """
import sys
import {module} as module
from zoo_core.cli import main

def filling(self, *given, before=module.{kind}.{method}):
    before(self, *given)
    if {when}:
        with open("filler", "wb", buffering=0) as file:
            while True:
                try:
                    file.write(bytes(4096))
                except OSError:
                    break

module.{kind}.{method} = filling
sys.exit(main(sys.argv[1:]))
"""
PLAIN = "import sys; from zoo_core.cli import main; sys.exit(main(sys.argv[1:]))"
SCRIPT = """
mount -t tmpfs -o size=8m none {disk}
cd {disk}
{begin}
echo code $?
rm filler
echo then
{again} && cp -r . {kept}
"""


@pytest.fixture
def on_full_disk(cluster, tmp_path) -> Callable[..., str]:
    """Gives a command in a folder whose disk becomes full, and again when there is room: what both say.

    What is then in the folder is in ``kept``.
    """
    disk = tmp_path / "disk"
    disk.mkdir()

    def given(hook: tuple[str, str, str, str], *command: str, again: tuple[str, ...] = ()) -> str:
        python, place = (sys.executable, "-c"), ("--cluster", cluster.address)
        filled = FILLED.format(**dict(zip(("module", "kind", "method", "when"), hook, strict=True)))
        script = SCRIPT.format(
            disk=disk,
            begin=shlex.join([*python, filled, *command, *place]),
            again=shlex.join([*python, PLAIN, *(again or command), *place]),
            kept=tmp_path / "kept",
        )
        done = subprocess.run(
            [UNSHARE, "-rm", "/bin/bash", "-c", script], env=cluster.shell, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        assert re.search("code [12]\nthen\n", done.stdout), said
        assert "no space left" in said.lower()
        assert "Traceback" not in said
        assert not [each for each in (tmp_path / "kept").rglob("*") if each.name.endswith(".new")]
        assert_all_gone(cluster)
        return said

    return given


def test_of_a_training(on_full_disk, tmp_path):
    alone = zoo.train("tinyssd_shapes", tmp_path / "alone", {**SETTINGS, **WITH_ADAM})
    settings = {name.replace(".", "__"): value for name, value in WITH_ADAM.items()}
    on_full_disk(
        ("zoo_core.cli.progress", "WorkProgress", "step", "given[0].number == 4"),
        *("train", *training(Path(), **settings), "--workers", "2"),
        again=("train", "run", "--resume", "--workers", "2"),
    )
    assert digest(tmp_path / "kept" / "run") == digest(alone.folder)


def test_of_a_prediction(on_full_disk, model, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    write_pictures(pictures, 110)
    given = ("--workers", "1", "--out", "found", "--score", "0.1")
    said = on_full_disk(
        ("zoo_core.cli.progress", "WorkProgress", "predicted", "given[0] == 32"),
        *("predict", model, str(pictures), *given),
    )
    assert "stopped after 32 of 110 pictures; the same command continues" in said
    found = [each.above(0.1).to_dict() for each in zoo.load(model, threads=1).predict(str(pictures))]
    lines = [json.loads(line) for line in merged(tmp_path / "kept" / "found").splitlines()]
    assert [each["objects"] for each in lines] == [each["objects"] for each in found]


@pytest.mark.parametrize("done", [32, 70], ids=["with a shard", "when all is found"])
def test_of_scores(on_full_disk, model, tmp_path, done):
    assert main(["eval", model, *DATA, str(tmp_path / "alone.json"), "--threads", "1"]) == 0
    said = on_full_disk(
        ("zoo_core.cli.progress", "WorkProgress", "scored", f"given[0] == {done}"),
        *("eval", model, *DATA, "found.json", "--workers", "1"),
    )
    assert ("and the same command continues" in said) == (done == 32)
    kept = tmp_path / "kept"
    assert (kept / "found.json").read_bytes() == (tmp_path / "alone.json").read_bytes()
    assert [each.name for each in kept.iterdir()] == ["found.json"]


def test_of_a_study(on_full_disk, tmp_path):
    """The trial that has ended is kept."""
    given = arguments("--out", "study", "--trials", "2", "--no-prune", **{"training.epochs": 1})
    said = on_full_disk(
        ("zoo_core.cli.tuning", "_Told", "ended", "True"),
        *given,
        "--parallel",
        "1",
        again=("tune", "study", "--resume"),
    )
    assert said.count("trial 0: complete") == 1
    trials = told(tmp_path / "kept" / "study")
    assert [each[2] for each in trials] == ["complete", "complete"]
