"""Runs one check of a contract on a part that is broken on purpose."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from hypothesis import Phase, settings

from zoo_core.parts.components import Component

settings.register_profile("as found", phases=[phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)])


@pytest.fixture
def as_found():
    """The first case that fails is told as it is: to look for the simplest takes most of the time."""
    before = settings.get_current_profile_name()
    settings.load_profile("as found")
    yield
    settings.load_profile(before)


@pytest.fixture
def caught(monkeypatch, as_found):  # noqa: ARG001
    """``caught(contract, check, part, made, says)``: the check fails, in words that match `says`.

    `made` is called with the settings `part` and gives the heavy half.
    """

    def run(contract, check, part, made, says):
        module = ModuleType("zoo_mutant")
        module.made = made
        monkeypatch.setitem(sys.modules, module.__name__, module)
        component = Component(type(part), "zoo_mutant:made")
        broken = type("TestBroken", (contract,), {"settings": part, "component": component})
        with pytest.raises(AssertionError, match=says):
            getattr(broken(), check)(part)

    return run


@pytest.fixture
def checks_of():
    """The names of the checks that a contract adds to those of every kind."""
    return lambda contract: {name for name in vars(contract) if name.startswith("test_")}
