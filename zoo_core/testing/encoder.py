"""What is promised by this kind of part."""

from __future__ import annotations

from zoo_core.testing.contract import ComponentContract

__all__ = ["EncoderContract"]


class EncoderContract(ComponentContract):
    """Every check of this kind."""
