"""Contracts for everything that is installed."""

from __future__ import annotations

from collections.abc import Mapping

from zoo_core.components import KINDS
from zoo_core.registry import Registry, default_registry
from zoo_core.testing.anchors import AnchorContract
from zoo_core.testing.backbone import BackboneContract
from zoo_core.testing.contract import ComponentContract
from zoo_core.testing.dataset import DatasetContract
from zoo_core.testing.encoder import EncoderContract
from zoo_core.testing.loss import LossContract

__all__ = ["CONTRACTS", "installed_contracts"]

CONTRACTS: Mapping[str, type[ComponentContract]] = {
    "backbone": BackboneContract,
    "anchors": AnchorContract,
    "targets": EncoderContract,
    "loss": LossContract,
    "dataset": DatasetContract,
}
"""The contract of each kind of component."""


def installed_contracts(registry: Registry | None = None) -> dict[str, type[ComponentContract]]:
    """A test class for each component that is installed, with its default settings.

    ``globals().update(installed_contracts())`` in a test module makes pytest run them all.
    """
    registry = registry or default_registry()
    return {
        f"Test_{kind}_{name}": type(f"Test_{kind}_{name}", (CONTRACTS[kind],), {"settings": component.settings()})
        for kind in KINDS
        for name, component in registry.components(kind).items()
    }
