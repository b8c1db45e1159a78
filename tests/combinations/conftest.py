"""The registry of all that is installed, with the fake families beside."""

import pytest

from tests.fake_families import plugin
from zoo_core.registry.registry import default_registry


@pytest.fixture(scope="module")
def families():
    default_registry.cache_clear()
    default_registry().register(plugin, "families")
    yield
    default_registry.cache_clear()
