"""The light half of SSD's anchors."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from zoo_core.plugin_api import AnchorSettings, BoxFormat, ImageSize, Shape, fitted_ratios, rounded, sides_of, spread

__all__ = ["CellAnchorSettings", "SSDAnchorSettings", "SSDLiteAnchorSettings"]

_Ratios = Annotated[tuple[Annotated[float, Field(ge=1e-3, le=1e3)], ...], Field(min_length=1)]
_Pixels = Annotated[float, Field(ge=1e-2, le=1e5)]

_THREE: _Ratios = (1, 2, 1 / 2)
_FIVE: _Ratios = (1, 2, 1 / 2, 3, 1 / 3)


class CellAnchorSettings(AnchorSettings):
    """Anchors in pixels around the centre of each cell, larger from map to map.

    The centre of cell (i, j) is ((j + 1/2) step, (i + 1/2) step).
    """

    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL

    sizes: Annotated[tuple[_Pixels, ...], Field(min_length=2)] = (30, 60, 111, 162, 213, 264, 315)
    """Sides of the squares in pixels: one for each feature map, and one more for the last sqrt(s s')."""
    ratios: Annotated[tuple[_Ratios, ...], Field(min_length=1)] = (_THREE, _FIVE, _FIVE, _FIVE, _THREE, _THREE)
    """Ratios of width to height for each feature map; every list begins with 1, for the two squares."""
    steps: tuple[_Pixels, ...] | None = None
    """Pixels between the centres of neighbouring cells, one for each feature map; null for the stride
    of each map, or, where cells at that distance would leave out a whole cell of the image, for the
    distance that spreads them over all of it."""
    clip: bool = False
    """Whether centre, width and height (not the corners) are clipped to the image."""

    @field_validator("ratios")
    @classmethod
    def _squares_first(cls, ratios: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        for index, (first, *_) in enumerate(ratios, start=1):
            if first != 1:
                raise ValueError(
                    f"the list for feature map {index} begins with {first:g}; every list begins with 1, "
                    "which stands for the two squares of a cell"
                )
        return ratios

    @model_validator(mode="after")
    def _lists_agree(self) -> Self:
        maps = len(self.ratios)
        lists = f"ratios has lists for {maps} feature map{'s' if maps != 1 else ''}"
        if len(self.sizes) != maps + 1:
            raise ValueError(
                f"{lists}, so sizes needs {maps + 1} numbers, one more than maps; it has {len(self.sizes)}"
            )
        if self.steps is not None and len(self.steps) != maps:
            raise ValueError(f"{lists}, so steps needs {maps} numbers; it has {len(self.steps)}")
        return self

    def fitted(self, shapes: Sequence[Sequence[Shape]], image: ImageSize) -> tuple[Self, ...]:  # noqa: ARG002
        """With sizes near these shapes, and with sizes and ratios near them.

        The second square of a cell lies between the size of its map and that of the next, so a size near the
        smaller half of the shapes is tried, too.
        """
        ratios = [
            fitted_ratios(wanted, len(own), 1) if wanted else own
            for wanted, own in zip(shapes, self.ratios, strict=True)
        ]
        middle, lower = ([self._size(index, wanted, parts) for index, wanted in enumerate(shapes)] for parts in (1, 2))
        tried = [[*sizes, rounded(sizes[-1] * self.sizes[-1] / self.sizes[-2])] for sizes in (middle, lower)]
        return tuple(self._with(sizes=sizes, **more) for sizes in tried for more in ({}, {"ratios": ratios}))

    def _size(self, index: int, wanted: Sequence[Shape], parts: int) -> float:
        return rounded(spread(sides_of(wanted), parts)[0]) if wanted else self.sizes[index]

    def _with(self, **changed: object) -> Self:
        return self.model_validate({**self.model_dump(), **changed})


class SSDAnchorSettings(CellAnchorSettings):
    """Anchors in pixels: two squares and some oblongs in each cell, larger from map to map.

    With the sizes s of a map and s' of the next, the anchors of a cell are squares of side s
    and of side sqrt(s s'), then for each further ratio r one of width s sqrt(r) and height
    s / sqrt(r). The centre of cell (i, j) is ((j + 1/2) step, (i + 1/2) step).

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2; GluonCV 0.10.5,
    gluoncv/model_zoo/ssd/anchor.py.
    """

    name: Literal["ssd"] = "ssd"

    def anchors_per_cell(self) -> tuple[int, ...]:
        """One for each ratio, and the second square."""
        return tuple(len(ratios) + 1 for ratios in self.ratios)


class SSDLiteAnchorSettings(CellAnchorSettings):
    """Anchors in pixels: a small square, some oblongs and, but on the first map, a large square.

    With the sizes s of a map and s' of the next, the anchors of a cell are a square of side
    s / 2, for each further ratio r one of width s sqrt(r) and height s / sqrt(r), and, on all
    maps but the first, a square of side sqrt(s s').

    Source: GluonCV 0.10.5, gluoncv/model_zoo/ssd/anchor.py, LiteAnchorGenerator, as its code
    (its docstring halves the square of the first map alone).
    """

    name: Literal["ssd_lite"] = "ssd_lite"

    def anchors_per_cell(self) -> tuple[int, ...]:
        """One for each ratio, and the large square on all maps but the first."""
        return tuple(len(ratios) + (index > 0) for index, ratios in enumerate(self.ratios))
