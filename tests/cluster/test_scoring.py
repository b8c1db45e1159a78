"""Workers score what one process scores, to the last bit, whatever dies."""

from __future__ import annotations

import json

import numpy as np
import pytest

import zoo_core as zoo
from tests.cluster.conftest import assert_all_gone
from tests.tiny import TINY
from zoo_core.cli import main
from zoo_core.cluster.model import Model
from zoo_core.cluster.scoring import ScoringWork, merged
from zoo_core.evaluation.results import ImageResult

IMAGES = 70
DATA = ("--set", f"data.validation_images={IMAGES}", "--predictions")


@pytest.fixture
def alone(model, tmp_path, capsys):
    """Scores and detections of one process."""
    assert main(["eval", model, *DATA, str(tmp_path / "alone.json"), "--threads", "1", "--json"]) == 0
    return scores(capsys.readouterr().out), (tmp_path / "alone.json").read_bytes()


def scores(said):
    found = json.loads(said[said.index("{") : said.rindex("}") + 1])
    return {name: value for name, value in found.items() if "second" not in name}


def test_shards_hold_all_that_is_scored(model):
    dataset = zoo.dataset(TINY, "validation")
    work = ScoringWork(Model(model, threads=1), lambda: dataset, "validation", {})
    detector = zoo.load(model, threads=1)
    opened = work.opened(detector, dataset)
    found = merged([opened.shard(range(1)).content, opened.shard(range(1, 2)).content], dataset)
    for one, other in zip(zoo.collect(detector, dataset).images, found.images, strict=True):
        for name in ImageResult.__dataclass_fields__:
            given, expected = getattr(other, name), getattr(one, name)
            assert type(given) is type(expected)
            if isinstance(given, np.ndarray):
                assert (given.dtype, given.shape, given.tobytes()) == (
                    expected.dtype,
                    expected.shape,
                    expected.tobytes(),
                )
            else:
                assert given == expected


@pytest.mark.slow
def test_the_command_killed_and_given_again(cluster, command, model, alone, tmp_path):
    arguments = ("eval", model, *DATA, "found.json", "--cluster", cluster.address, "--workers", "1", "--json")
    begun = command(*arguments)
    begun.until(32)
    begun.process.kill()
    begun.process.wait()
    assert_all_gone(cluster)
    assert [each.name[:10] for each in tmp_path.iterdir() if each.is_dir()] == [".zoo-eval-"]
    code, said = command(*arguments).end()
    assert code == 0, said
    assert said.startswith(("step 32\n", "step 64\n"))
    assert (scores(said), (tmp_path / "found.json").read_bytes()) == alone
    assert not [each for each in tmp_path.iterdir() if each.is_dir()]


@pytest.mark.slow
def test_slices_and_flips(cluster, command, model, tmp_path, capsys):
    views = ("--slice", "32", "--flip", "--json")
    assert main(["eval", model, *DATA, str(tmp_path / "alone.json"), "--threads", "1", *views]) == 0
    expected = scores(capsys.readouterr().out)
    code, said = command("eval", model, *DATA, "found.json", "--cluster", cluster.address, *views).end()
    assert code == 0, said
    assert scores(said) == expected
    assert (tmp_path / "found.json").read_bytes() == (tmp_path / "alone.json").read_bytes()
