"""The light half of MultiBoxPrior."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from zoo_core.plugin_api import AnchorSettings, BoxFormat, ImageSize, Shape, fitted_ratios, rounded, sides_of, spread

__all__ = ["MultiBoxPriorSettings"]

_Sizes = Annotated[tuple[Annotated[float, Field(ge=1e-5, le=100)], ...], Field(min_length=1)]
_Ratios = Annotated[tuple[Annotated[float, Field(ge=1e-3, le=1e3)], ...], Field(min_length=1)]


class MultiBoxPriorSettings(AnchorSettings):
    """Anchors in fractions of the image, as MXNet's MultiBoxPrior places them.

    Each cell has one anchor for each size with the first ratio, then the first size
    with each further ratio. A size is the share of the image's height for an anchor of
    ratio 1, which is a square on a map of that shape.

    Source: MXNet 1.9.1, src/operator/contrib/multibox_prior.cc; the default sizes are those
    of Dive into Deep Learning, section 14.7.
    """

    name: Literal["multibox_prior"] = "multibox_prior"
    gives: ClassVar[BoxFormat] = BoxFormat.CORNER_UNIT

    sizes: Annotated[tuple[_Sizes, ...], Field(min_length=1)] = (
        (0.2, 0.272),
        (0.37, 0.447),
        (0.54, 0.619),
        (0.71, 0.79),
        (0.88, 0.961),
    )
    """A list of sizes for each feature map."""
    ratios: Annotated[tuple[_Ratios, ...], Field(min_length=1)] | None = None
    """A list of width : height for each feature map; null for 1, 2 and 1/2 on every map."""
    clip: bool = False
    """Whether anchors are clipped to the image."""

    @model_validator(mode="after")
    def _lists_agree(self) -> Self:
        if self.ratios is not None and len(self.ratios) != len(self.sizes):
            raise ValueError(
                f"sizes has lists for {len(self.sizes)} feature maps and ratios for {len(self.ratios)}; "
                "each feature map needs one of both"
            )
        return self

    def shapes(self) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
        """The sizes and the ratios of each feature map."""
        ratios = self.ratios or ((1.0, 2.0, 0.5),) * len(self.sizes)
        return tuple(zip(self.sizes, ratios, strict=True))

    def anchors_per_cell(self) -> tuple[int, ...]:
        """Sizes and ratios of a map share their first anchor."""
        return tuple(len(sizes) + len(ratios) - 1 for sizes, ratios in self.shapes())

    def fitted(self, shapes: Sequence[Sequence[Shape]], image: ImageSize) -> tuple[Self, ...]:
        """With sizes near these shapes, and with sizes and ratios near them."""
        sizes, ratios = [], []
        for (own_sizes, own_ratios), wanted in zip(self.shapes(), shapes, strict=True):
            sides = [side / image.height for side in sides_of(wanted)]
            sizes.append([rounded(size) for size in spread(sides, len(own_sizes))] if sides else own_sizes)
            ratios.append(fitted_ratios(wanted, len(own_ratios), own_ratios[0]) if sides else own_ratios)
        return self._with(sizes=sizes), self._with(sizes=sizes, ratios=ratios)

    def _with(self, **changed: object) -> Self:
        return self.model_validate({**self.model_dump(), **changed})
