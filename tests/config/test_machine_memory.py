"""What cannot fit into the memory of the machine is refused before anything is built."""

from __future__ import annotations

import os

import pytest

import zoo_core as zoo
from zoo_core.common.errors import ConfigError
from zoo_core.config import machine_memory as memory
from zoo_core.config.loading import load_config
from zoo_core.config.plan import plan

ONE = 4 * 3 * 16 * 16 + 4 * (8 * 8 * 8 + 8 * 4 * 4 + (8 * 8 * 3 + 4 * 4 * 4) * (3 + 4))
"""Bytes of the input, maps, scores and offsets of the toy detector, of two classes at 16x16."""


def test_counts_what_an_image_needs_at_the_least(toy):
    assert plan(toy).bytes_per_image == ONE


@pytest.mark.parametrize(("images", "there", "fits"), [(1, ONE, True), (1, ONE - 1, False), (32, 32 * ONE, True)])
def test_what_is_larger_than_the_machine_is_refused(toy, monkeypatch, images, there, fits):
    monkeypatch.setattr(memory, "machine_memory", lambda: there)
    if fits:
        memory.require_memory(toy, images)
        return
    with pytest.raises(ConfigError, match=r"input_size: 16x16 with 2 classes needs at least 1.28e-05 GB"):
        memory.require_memory(toy, images)


def test_where_the_system_says_nothing_nothing_is_refused(toy, monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: None)
    memory.require_memory(toy, 10**12)


def test_knows_the_limit_of_a_container(tmp_path, monkeypatch):
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_GROUP_LIMITS", (limit, tmp_path / "absent"))
    assert memory.machine_memory() == whole
    limit.write_text("max\n")
    assert memory.machine_memory() == whole
    limit.write_text("1000000\n")
    assert memory.machine_memory() == 1_000_000


def test_building_and_training_ask_first(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "machine_memory", lambda: 5 * 10**6)
    with pytest.raises(ConfigError, match="needs at least"):
        zoo.build("tinyssd_512_voc")
    small = {"data.train_images": 64, "data.validation_images": 1, "training.batch_size": 32}
    zoo.build("tinyssd_shapes", small)
    with pytest.raises(ConfigError, match=r"128x128 and training.batch_size 32 with 3 classes needs at least 0.0"):
        zoo.train(load_config("tinyssd_shapes", small), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_largest_size_that_training_draws_counts(monkeypatch, tmp_path):
    small = load_config("tinyssd_shapes", {"data.train_images": 8, "data.validation_images": 1})
    monkeypatch.setattr(memory, "machine_memory", lambda: 8 * plan(small).bytes_per_image)
    memory.require_memory(small, 8)
    varied = load_config(small, {"training.multi_scale": {"largest": 2}})
    with pytest.raises(ConfigError, match=r"256x256 and training.batch_size 8 with 3 classes needs at least"):
        zoo.train(varied, tmp_path / "run")
