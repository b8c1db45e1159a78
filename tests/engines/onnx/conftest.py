"""A tiny detector and its file."""

from __future__ import annotations

import numpy as np
import pytest

import zoo_core as zoo


@pytest.fixture(scope="session")
def tiny(sure_detector, tiny_table):
    return sure_detector(tiny_table)


@pytest.fixture(scope="session")
def tiny_file(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "tiny.onnx"
    zoo.export(tiny, path)
    return path


@pytest.fixture
def picture():
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (12, 17, 3), dtype=np.uint8).repeat(7, 0).repeat(9, 1)
