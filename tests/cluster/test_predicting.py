"""Workers find in shards what one process finds, to the last bit, whatever dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

import zoo_core as zoo
from tests.cluster.conftest import assert_all_gone
from tests.tiny import TINY, new_sure_detector

PICTURES = 110
"""Four shards, the last one of 14."""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """An exported detector, for which workers import no MXNet."""
    file = tmp_path_factory.mktemp("model") / "tiny.onnx"
    zoo.export(new_sure_detector(TINY), file)
    return str(file)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    write_pictures(folder, PICTURES)
    return folder


def write_pictures(folder, count):
    rng = np.random.default_rng(0)
    for number in range(count):
        size = (24, 32) if number % 3 else (40, 20)
        cv2.imwrite(str(folder / f"{number:05}.png"), rng.integers(0, 256, (*size, 3), dtype=np.uint8))


@pytest.fixture
def alone(model, capsys):
    """The lines of one process."""

    def lines(source, *options):
        code = zoo_main(["predict", model, str(source), "--json", "--no-draw", "--threads", "1", *options])
        return code, capsys.readouterr().out.encode()

    return lines


def zoo_main(arguments):
    from zoo_core.cli import main

    return main(arguments)


def merged(folder, suffix=".jsonl"):
    return b"".join(each.read_bytes() for each in sorted(Path(folder).glob(f"*{suffix}")))


def test_one_of_two_workers_is_killed(cluster, command, model, pictures, alone, tmp_path):
    expected = alone(pictures)
    options = ("--cluster", cluster.address, "--workers", "2", "--out", "found")
    begun = command("predict", model, str(pictures), *options)
    begun.until(32)
    os.kill(cluster.workers()[0], signal.SIGKILL)
    code, said = begun.end()
    assert (code, merged(tmp_path / "found")) == expected
    assert "110 pictures in 4 files: found/*.jsonl" in said
    assert_all_gone(cluster)
    assert sorted(each.name for each in (tmp_path / "found").iterdir()) == [
        *(f"{number:06}.jsonl" for number in range(4)),
        "work.json",
    ]


@pytest.mark.slow
def test_the_command_killed_and_given_again(cluster, command, model, pictures, alone, tmp_path):
    """What was done is not done again."""
    options = ("--cluster", cluster.address, "--workers", "1", "--out", "found", "--score", "0.1")
    begun = command("predict", model, str(pictures), *options)
    begun.until(64)
    begun.process.kill()
    begun.process.wait()
    assert_all_gone(cluster)
    first = (tmp_path / "found" / "000000.jsonl").stat()
    code, said = command("predict", model, str(pictures), *options).end()
    assert (code, merged(tmp_path / "found")) == alone(pictures, "--score", "0.1"), said
    assert (tmp_path / "found" / "000000.jsonl").stat().st_mtime_ns == first.st_mtime_ns
    assert said.splitlines()[0] == "step 64"
