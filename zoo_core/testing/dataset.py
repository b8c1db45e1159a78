"""What is promised by this kind of part."""

from __future__ import annotations

from zoo_core.testing.contract import ComponentContract

__all__ = ["DatasetContract"]


class DatasetContract(ComponentContract):
    """Every check of this kind."""
