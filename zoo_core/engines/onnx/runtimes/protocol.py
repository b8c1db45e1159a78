"""What a detector in a file needs of what runs the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

__all__ = ["FileRuntime", "Tensor"]


class Tensor(NamedTuple):
    """What a model takes or gives.

    Attributes:
        kind: its type, as NumPy names it where it has one.
        shape: its sides, None where a side is free.
    """

    kind: str
    shape: tuple[int | None, ...]


class FileRuntime(Protocol):
    """Runs the model of a file; from several threads at once, too."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """Texts in the file, by name."""

    @property
    def inputs(self) -> Mapping[str, Tensor]:
        """What the model takes, by name."""

    @property
    def outputs(self) -> Mapping[str, Tensor]:
        """What it gives, by name."""

    def run(self, images: NDArray[Any]) -> list[NDArray[Any]]:
        """The boxes, scores, labels and count of some pictures (B, H, W, 3).

        Raises:
            RunError: the model cannot be run; names the file.
        """
