"""Every check of weights of other libraries catches a plugin that breaks it."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from zoo_core.engines.gluon import mx
from zoo_core.plugin_api import ForeignWeights
from zoo_core.testing import WeightsContract

STORED = ("trunk.weight", "trunk.bias", "step")
WEIGHTS = ForeignWeights("lib", "zoo_mutant:names", published=("net",), fetch="zoo_mutant:fetch")


def right(stored, network):  # noqa: ARG001
    known = {"trunk.weight": "weight", "trunk.bias": "bias", "step": None}
    return {name: known[name] for name in stored if name in known}


def forgetful(stored, network):
    return {name: here for name, here in right(stored, network).items() if name != "step"}


def inventive(stored, network):
    return {name: here and f"{here}s" for name, here in right(stored, network).items()}


def twice(stored, network):
    return {name: here and "weight" for name, here in right(stored, network).items()}


def half(stored, network):
    return {**right(stored, network), "trunk.bias": None}


def greedy(stored, network):
    return {name: right(stored, network).get(name) for name in stored}


def confused(stored, network):
    return {} if "no such weight" in stored else right(stored, network)


def by_order(stored, network):
    answer = right(stored, network)
    return answer if next(iter(stored)) == STORED[0] else {**answer, "step": "bias", "trunk.bias": None}


def meddling(stored, network):
    network.weight.set_data(network.weight.data() + 1)
    return right(stored, network)


MUTANTS = [
    ("test_is_given_by_a_plugin", r"no plugin gives these weights of 'lib' by zoo_weights\(\)", {}),
    ("test_targets_can_be_called", "which does not exist", {"names": None}),
    ("test_targets_can_be_called", "zoo_mutant:fetch is not a function", {"fetch": 7}),
    ("test_every_array_has_a_name_here", "nothing is said of 'step'", {"names": forgetful}),
    (
        "test_every_array_has_a_name_here",
        "not parameters of the network: 'trunk.weight -> w",
        {"names": inventive},
    ),
    ("test_every_array_has_a_name_here", "instead of a dict of names", {"names": lambda *_: ["weight"]}),
    ("test_every_parameter_is_found_once", "several arrays of the file are said to be 'weight'", {"names": twice}),
    ("test_every_parameter_is_found_once", "no array of the file is said to be 'bias'", {"names": half}),
    ("test_strange_names_are_left_alone", "'no such weight', .* is taken for None", {"names": greedy}),
    ("test_strange_names_are_left_alone", "change what is said of the others", {"names": confused}),
    ("test_the_order_of_names_is_nothing", "in another order 'trunk.bias'", {"names": by_order}),
    ("test_the_network_stays_as_it_is", "only read them", {"names": meddling}),
    (
        "test_what_is_published_can_be_fetched",
        "and not the path of a .params file",
        {"fetch": lambda *_: "/nowhere.params"},
    ),
]


@pytest.fixture
def contract(monkeypatch, tmp_path):
    """``contract(names=..., fetch=...)``: of weights told by these functions."""
    (tmp_path / "net.params").touch()

    def made(names=right, fetch=lambda *_: tmp_path / "net.params"):
        module = ModuleType("zoo_mutant")
        module.fetch = fetch
        if names is not None:
            module.names = names
        monkeypatch.setitem(sys.modules, module.__name__, module)

        class Contract(WeightsContract):
            weights = WEIGHTS
            fetched = ("net",)

            def network(self):
                block = mx.gluon.nn.Dense(1, in_units=2)
                block.initialize()
                return block

            def stored(self):
                return STORED

        return Contract()

    return made


@pytest.mark.parametrize(("check", "says", "broken"), MUTANTS)
def test_a_broken_plugin_is_caught(contract, check, says, broken):
    with pytest.raises(AssertionError, match=says):
        getattr(contract(**broken), check)()


def test_a_right_one_passes_all_but_that_it_is_installed(contract, checks_of):
    right_one = contract()
    for check in checks_of(WeightsContract) - {"test_is_given_by_a_plugin"}:
        getattr(right_one, check)()


def test_each_check_has_a_mutant(checks_of):
    assert checks_of(WeightsContract) == {check for check, *_ in MUTANTS}


def test_a_contract_says_what_it_lacks():
    with pytest.raises(NotImplementedError, match=r"WeightsContract does not say which names a file has: stored\(\)"):
        WeightsContract().stored()
