"""Feature maps for the checks of necks and heads: pyramids such as backbones make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.testing.networks import array

__all__ = ["PYRAMIDS", "Pyramid", "arrays_on", "sizes", "unusual"]

_FIRST_STRIDE = 4
_CHANNELS = 6


class Pyramid(NamedTuple):
    """So many maps, each half as large as the one before and rounded up, as layers of stride 2 make them.

    Attributes:
        maps: how many there are.
        equal: whether all have the same channels.
    """

    maps: int
    equal: bool

    def of(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """The maps of an image."""
        strides = [_FIRST_STRIDE << index for index in range(self.maps)]
        return tuple(
            FeatureMap(
                _CHANNELS + (0 if self.equal else index), -(-image.height // each), -(-image.width // each), each
            )
            for index, each in enumerate(strides)
        )


PYRAMIDS = tuple(Pyramid(count, equal) for equal in (False, True) for count in (3, 4, 2, 5, 6, 7, 1))
"""Those that are tried, the most telling first."""


def unusual(maps: tuple[FeatureMap, ...]) -> Iterator[tuple[FeatureMap, ...]]:
    """As many maps that do not halve from one to the next as these do."""
    first, *_, last = maps
    yield (*maps[:-1], last._replace(height=1, width=1, stride=last.stride * max(last.height, last.width)))
    yield tuple(
        each._replace(
            height=max(1, each.height >> index), width=max(1, each.width >> index), stride=each.stride << index
        )
        for index, each in enumerate(maps)
    )
    yield tuple(each._replace(height=first.height, width=first.width, stride=first.stride) for each in maps)
    yield tuple(each._replace(height=max(1, each.height - 1), width=max(1, each.width - 1)) for each in maps)
    yield maps[::-1]


def sizes() -> SearchStrategy[ImageSize]:
    """Of images, odd and oblong ones too."""
    return st.builds(ImageSize, st.integers(24, 200), st.integers(24, 200))


def arrays_on(maps: tuple[FeatureMap, ...], images: int, seed: int = 0) -> list[Any]:
    """Random feature maps (B, C_k, H_k, W_k)."""
    rng = np.random.default_rng(seed)
    return [array(rng.normal(size=(images, each.channels, each.height, each.width))) for each in maps]
