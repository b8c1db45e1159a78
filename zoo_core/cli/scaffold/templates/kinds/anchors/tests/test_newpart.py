"""The promises of every anchor generator, and of this one."""

import numpy as np
from zoo_core import FeatureMap, ImageSize, make
from zoo_core.testing import AnchorContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(AnchorContract):
    settings = NewpartSettings()


class TestNewpartWithOneMap(AnchorContract):
    settings = NewpartSettings(sizes=(0.5,), ratios=(3,))


def test_anchors_of_a_cell_have_one_centre_and_one_area():
    generator = make(NewpartSettings(sizes=(0.5,)))
    anchors = generator([FeatureMap(8, 1, 1, 64)], ImageSize(64, 128))
    np.testing.assert_allclose(anchors.boxes[:, :2], [[64, 32]] * 3)
    np.testing.assert_allclose(anchors.boxes[:, 2] * anchors.boxes[:, 3], [32**2] * 3, rtol=1e-6)
    np.testing.assert_allclose(anchors.boxes[:, 2] / anchors.boxes[:, 3], [1, 2, 0.5], rtol=1e-6)
