"""Everything that is installed keeps its promises, whoever wrote it."""

import pytest

from zoo_core.registry import default_registry
from zoo_core.testing import CONTRACTS, installed_contracts

NEEDS_FILES = "Test_dataset_voc"
"""Its own test writes a folder for it."""

CLASSES = {name: pytest.mark.slow(each) for name, each in installed_contracts().items() if name != NEEDS_FILES}
globals().update(CLASSES)


def test_every_component_that_is_installed_has_a_contract():
    registry = default_registry()
    components = {f"Test_{kind}_{name}" for kind in CONTRACTS for name in registry.components(kind)}
    assert components == {*CLASSES, NEEDS_FILES}
