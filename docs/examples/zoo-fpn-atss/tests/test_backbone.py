"""The promises of every backbone, and that the pyramid is one."""

import pytest
from pydantic import ValidationError
from zoo_core import make
from zoo_core.plugin_api import mx
from zoo_core.testing import BackboneContract

from zoo_fpn_atss.backbone_settings import PyramidSettings


class TestPyramid(BackboneContract):
    settings = PyramidSettings()


class TestSmallestPyramid(BackboneContract):
    settings = PyramidSettings(channels=(4,), first=1, further=0, width=3)


def test_a_first_map_beyond_the_stages_is_refused():
    with pytest.raises(ValidationError, match="first is 3, but there are 2 stages"):
        PyramidSettings(channels=(8, 8))


def test_the_finest_map_knows_what_the_coarsest_stage_has_seen():
    """A change in one corner reaches cells of the finest map that its own stages cannot connect."""
    network = make(PyramidSettings())
    network.initialize()
    image = mx.nd.random.normal(shape=(1, 3, 256, 256))
    image.attach_grad()
    with mx.autograd.record():
        top_left = network(image)[0][:, :, 0, 0].sum()
    top_left.backward()
    reach = image.grad.abs().sum(axis=(0, 1)).asnumpy().any(axis=0).nonzero()[0].max()
    own_stages = sum((1 + 2) * 2**depth for depth in range(3)) + 8
    assert reach > 2 * own_stages
