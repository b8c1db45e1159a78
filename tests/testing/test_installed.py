"""Everything that is installed keeps its promises, whoever wrote it."""

import pytest

from zoo_core.data.settings import VocSettings
from zoo_core.registry.registry import default_registry
from zoo_core.testing import CONTRACTS, ComponentContract, installed_contracts

CLASSES = {name: pytest.mark.slow(each) for name, each in installed_contracts().items()}
globals().update(CLASSES)


def test_every_component_that_is_installed_and_needs_no_setting_has_a_contract():
    registry = default_registry()
    assert set(CLASSES) == {
        f"Test_{kind}_{name}"
        for kind in CONTRACTS
        for name, component in registry.components(kind).items()
        if not any(field.is_required() for field in component.settings.model_fields.values())
    }


def test_data_sets_that_need_files_are_checked_as_far_as_they_can_be():
    contract = CLASSES["Test_dataset_voc"]
    assert contract.__bases__ == (ComponentContract,)
    assert contract.settings == VocSettings()
