"""Names of arrays that a stranger's plugin knows: what it takes for a weight, and what becomes of one that fails."""

import pytest

import zoo_core as zoo
from zoo_core.common.errors import PluginError
from zoo_core.config.loading import load_config
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.network import new_network
from zoo_core.engines.gluon.weights import parameters_of, read_weights
from zoo_core.registry.registry import default_registry

TINY = {"backbone.channels": [4, 4, 4, 8, 8, 8], "backbone.first_output": 3}
KNOWING = """
    from zoo_core.plugin_api import ForeignWeights, hookimpl

    @hookimpl
    def zoo_weights():
        return [ForeignWeights("paperlib", names_here="a_stranger_module:names_here")]

    def names_here(stored, network):
        assert hasattr(network, "backbone")
        return {name: None if name == "step" else name[::-1] for name in stored}
"""
FAILING = KNOWING.replace("assert hasattr", "raise ValueError('lost')  #").replace("a_stranger", "b_stranger")


@pytest.fixture
def plugins(install):
    """Lay plugins on the path and have them found."""

    def lay(**sources):
        for name, source in sources.items():
            install(name.replace("_", "-"), source)
        default_registry.cache_clear()

    yield lay
    default_registry.cache_clear()


@pytest.fixture
def network():
    return new_network(load_config("tinyssd_shapes", TINY), mx.cpu())


@pytest.fixture
def backwards(network, tmp_path):
    """A file of this network by names that only the stranger's plugin knows, with an array that is no weight."""
    arrays = {name[::-1]: each.data() for name, each in parameters_of(network).items()}
    mx.nd.save(str(tmp_path / "backwards.params"), {**arrays, "step": mx.nd.zeros(1)})
    return tmp_path / "backwards.params"


def test_names_that_a_plugin_knows_are_read(plugins, network, backwards):
    assert "step" in read_weights(network, backwards)
    plugins(a_stranger=KNOWING)
    assert read_weights(network, backwards).keys() == parameters_of(network).keys()


def test_a_plugin_that_fails_does_no_harm_where_another_knows_the_names(plugins, network, backwards):
    plugins(a_stranger=KNOWING, b_stranger=FAILING)
    assert read_weights(network, backwards).keys() == parameters_of(network).keys()


def test_a_plugin_that_fails_is_named_where_nobody_knows_a_name(plugins, network, backwards):
    plugins(b_stranger=FAILING)
    with pytest.raises(PluginError, match=r"'b-stranger' of b-stranger 1\.2 reads weights of 'paperlib' .*: lost"):
        read_weights(network, backwards)


def test_a_plugin_cannot_take_our_own_weights_away(plugins, network, tmp_path):
    plugins(a_stranger=KNOWING.replace('None if name == "step" else name[::-1]', "None"))
    arrays = {name: each.data() for name, each in parameters_of(network).items()}
    some = dict(list(arrays.items())[:-2])
    mx.nd.save(str(tmp_path / "some.params"), some)
    assert read_weights(network, tmp_path / "some.params").keys() == some.keys()


def test_a_plugin_that_fails_does_not_keep_ours_from_beginning_from_ours(plugins, network, tmp_path):
    plugins(b_stranger=FAILING)
    arrays = {name: each.data() for name, each in parameters_of(network).items()}
    mx.nd.save(str(tmp_path / "less.params"), dict(list(arrays.items())[:-2]))
    started = zoo.build("tinyssd_shapes", {**TINY, "weights.source": str(tmp_path / "less.params")})
    assert "loaded" in started.engine.transfer.summary
