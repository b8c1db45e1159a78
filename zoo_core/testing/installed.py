"""Contracts for everything that is installed."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from zoo_core.parts.components import KINDS, DatasetSettings
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.registry import Registry, default_registry
from zoo_core.testing.anchors import AnchorContract
from zoo_core.testing.augmentation import AugmentationContract
from zoo_core.testing.backbone import BackboneContract
from zoo_core.testing.contract import ComponentContract
from zoo_core.testing.dataset import DatasetContract
from zoo_core.testing.encoder import EncoderContract
from zoo_core.testing.head import HeadContract
from zoo_core.testing.logger import LoggerContract
from zoo_core.testing.loss import LossContract
from zoo_core.testing.neck import NeckContract
from zoo_core.testing.optimizer import OptimizerContract
from zoo_core.testing.resize import ResizeContract
from zoo_core.testing.schedule import ScheduleContract

__all__ = ["CONTRACTS", "installed_contracts"]

CONTRACTS: Mapping[str, type[ComponentContract]] = {
    "backbone": BackboneContract,
    "neck": NeckContract,
    "anchors": AnchorContract,
    "head": HeadContract,
    "targets": EncoderContract,
    "loss": LossContract,
    "dataset": DatasetContract,
    "resize": ResizeContract,
    "augmentation": AugmentationContract,
    "optimizer": OptimizerContract,
    "schedule": ScheduleContract,
    "logger": LoggerContract,
}
"""The contract of each kind of component."""


def installed_contracts(registry: Registry | None = None) -> dict[str, type[ComponentContract]]:
    """A test class for each component that is installed, with its default settings.

    ``globals().update(installed_contracts())`` in a test module makes pytest run them all.
    Components that have no default settings are left out; for data sets that read their
    classes from files, which are rarely present, only what every component promises is checked.
    """
    registry = registry or default_registry()
    contracts = {}
    for kind in KINDS:
        for name in registry.components(kind):
            try:
                settings = settings_from(registry, kind, name)
            except ValidationError:
                continue  # a setting is required
            needs_files = isinstance(settings, DatasetSettings) and settings.class_names() is None
            contract = ComponentContract if needs_files else CONTRACTS[kind]
            title = f"Test_{kind}_{name}"
            contracts[title] = type(title, (contract,), {"settings": settings})
    return contracts
