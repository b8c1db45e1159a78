"""What became of each weight when training began from those of another detector."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from zoo_core.common.messages import listed

__all__ = ["LayerReport", "TransferReport"]


class LayerReport(NamedTuple):
    """What became of a parameter.

    Attributes:
        name: name of the parameter.
        fate: ``loaded``, ``in part`` (the rows of some classes), ``new`` (not loaded), or ``left out`` (of the source).
        why: empty when it was simply loaded.
    """

    name: str
    fate: str
    why: str = ""


@dataclass(frozen=True)
class TransferReport:
    """What was taken from a source of weights, layer by layer."""

    source: str
    layers: tuple[LayerReport, ...]

    @property
    def summary(self) -> str:
        """A line that counts the parameters by fate."""
        fates = Counter(layer.fate for layer in self.layers)
        return f"{self.source}: {listed(f'{number} {fate}' for fate, number in fates.items())}"

    def __str__(self) -> str:
        width = max(len(layer.name) for layer in self.layers)
        lines = (f"{layer.fate:8}  {layer.name:{width}}  {layer.why}".rstrip() for layer in self.layers)
        return "\n".join([self.summary, *lines])
