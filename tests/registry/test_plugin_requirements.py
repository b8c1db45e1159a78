"""A plugin that was made for another core is set aside before it is imported."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

import zoo_core
from zoo_core.common.versions import plugin_requirement
from zoo_core.registry.requirements import _is_met_as_usual


@pytest.mark.parametrize(
    "requirement",
    [
        "zoo-core",
        "zoo-core[mxnet]",
        "zoo-core>=0.1",
        "Zoo_Core ~=0.1",
        "zoo-core>=99; extra == 'future'",
        "zoo-core>=99; python_version < '3'",
        "zoo-core-extras>=99",
        "numpy>=99",
    ],
)
def test_a_plugin_made_for_this_core_is_used(install, discovered, requirement):
    install("good", loss="good", requires=requirement)
    assert [plugin.problem for plugin in discovered().plugins] == [None]


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        (
            "zoo-core~=99.1",
            f"zoo-core~=99.1, but this is {zoo_core.__version__}: install another version of old, or of zoo-core",
        ),
        ("zoo.core[mxnet] >=99,<100", "made for zoo-core<100,>=99, but this is"),
        ("zoo-core==nonsense", "its requirement 'zoo-core==nonsense' cannot be read"),
    ],
)
def test_a_plugin_made_for_another_core_is_not_even_imported(install, discovered, requirement, reason, capsys):
    install("old", "print('imported'); 1 / 0", requires=requirement)
    (plugin,) = discovered().plugins
    assert reason in plugin.problem
    assert plugin.notes == ()
    assert capsys.readouterr().out == ""


def test_the_usual_requirement_is_understood_as_packaging_does():
    versions = ["0.1.0", "0.1.7", "0.2.0", "0.10.0", "1.1.0", "0.1", "0.1.0rc1", "0.1.0.1", "0.1.8.dev2", "1!0.1.0"]
    for asked in ("zoo-core~=0.1.0", "Zoo_Core ~= 0.1.7", "zoo.core (~=0.2.0)", "zoo-core~=0.1.0,<0.1.5"):
        for version in versions:
            if _is_met_as_usual(asked, version):
                assert Requirement(asked).specifier.contains(version, prereleases=True), (asked, version)
    assert _is_met_as_usual(plugin_requirement(), zoo_core.__version__)
