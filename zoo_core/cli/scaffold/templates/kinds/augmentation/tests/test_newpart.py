"""The promises of every augmentation step, and what this one promises besides."""

import numpy as np
from zoo_core import ImageSize, Sample, make
from zoo_core.testing import AugmentationContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(AugmentationContract):
    settings = NewpartSettings()


class TestNewpartOfTheWholeImage(AugmentationContract):
    settings = NewpartSettings(probability=1, largest=1)


def test_one_rectangle_changes():
    nothing = np.zeros(0, np.bool_)
    grey = np.full((40, 60, 3), 44, np.uint8)
    sample = Sample(grey, np.zeros((0, 4), np.float32), np.zeros(0, np.int64), nothing, nothing, "grey")
    step = make(NewpartSettings(probability=1))
    found = step(sample, np.random.default_rng(0), ImageSize(32, 32))
    changed = (found.image != grey).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert changed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.99
    assert 0 < changed.mean() < 0.41
