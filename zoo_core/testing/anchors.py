"""What anchor generators promise: as many anchors as predicted, in the order of the network's outputs."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.parts.components import AnchorSettings, Shape
from zoo_core.parts.geometry import BoxFormat, FeatureMap, ImageSize
from zoo_core.testing.comparing import assert_close, pickled, try_cases
from zoo_core.testing.contract import ComponentContract

__all__ = ["AnchorContract"]

_ROUNDING = 0.01
"""In pixels: centres closer than this count as being in one line."""


class AnchorContract(ComponentContract):
    """Every check of an anchor generator, on feature maps and images of many sizes."""

    light_questions: ClassVar[str] = "settings.gives, settings.anchors_per_cell(), settings.fitted"
    rests_on: ClassVar[tuple[str, ...]] = (
        "test_anchors_per_cell_are_told_plainly",
        "test_gives_anchors_in_its_format",
        "test_anchors_are_as_many_as_promised",
    )
    varied: ClassVar[tuple[str, ...]] = (
        "test_anchors_per_cell_are_told_plainly",
        "test_anchors_are_as_many_as_promised",
        "test_anchors_follow_the_cells",
        "test_anchors_are_boxes",
    )

    def test_anchors_per_cell_are_told_plainly(self, settings: AnchorSettings) -> None:
        """`anchors_per_cell()` is a tuple of positive integers, one for each feature map."""
        each = settings.anchors_per_cell()
        assert isinstance(each, tuple) and each and all(isinstance(one, int) and one >= 1 for one in each), (
            f"anchors_per_cell() should be a tuple of positive integers, one for each feature map; got {each!r}"
        )

    def test_gives_anchors_in_its_format(self, settings: AnchorSettings) -> None:
        """The result is `Anchors`, in the format that `gives` names."""
        image, maps = _usual(settings)
        anchors = self.make(settings)(maps, image)
        assert isinstance(anchors, Anchors), (
            f"the generator should return zoo_core.Anchors(boxes, format, image), not {type(anchors).__name__}"
        )
        assert anchors.format is settings.gives, (
            f"the anchors are {anchors.format}, but the settings say gives = {settings.gives}"
        )

    def test_anchors_know_their_image(self, settings: AnchorSettings) -> None:
        """`Anchors.image` is the size that was asked for: pixels cannot become fractions without it."""
        generator = self.make(settings)

        def check(case: _Case) -> None:
            image, maps = case
            assert generator(maps, image).image == image, (
                f"anchors for {image} say that their image is {generator(maps, image).image}"
            )

        try_cases(self.examples, check, case=_cases(settings))

    def test_anchors_are_as_many_as_promised(self, settings: AnchorSettings) -> None:
        """The number of anchors is the sum over the maps of cells times `anchors_per_cell()`."""
        generator, per_cell = self.make(settings), settings.anchors_per_cell()

        def check(case: _Case) -> None:
            image, maps = case
            promised = [map_.cells * each for map_, each in zip(maps, per_cell, strict=True)]
            found = len(generator(maps, image))
            assert found == sum(promised), (
                f"on maps of {' and '.join(map(str, maps))} cells anchors_per_cell() = {per_cell} promises "
                f"{sum(promised)} anchors, but {found} were made"
            )

        try_cases(self.examples, check, case=_cases(settings))

    def test_anchors_follow_the_cells(self, settings: AnchorSettings) -> None:
        """Anchors come map by map, row by row, cell by cell: centres move right along a row, then down."""
        generator = self.make(settings)

        def check(case: _Case) -> None:
            image, maps = case
            for index, (map_, centres) in enumerate(self._centres_by_map(generator(maps, image), maps, settings)):
                message = (
                    f"the anchors of map {index} ({map_} cells) are not in order: all anchors of a cell come first, "
                    "then those of the next cell to the right, and after a row those of the row below"
                )
                right, down = np.diff(centres, axis=1), np.diff(centres, axis=0)
                assert (right[..., 0] > -_ROUNDING).all() and (np.abs(right[..., 1]) < _ROUNDING).all(), message
                assert (down[..., 1] > -_ROUNDING).all() and (np.abs(down[..., 0]) < _ROUNDING).all(), message

        try_cases(self.examples, check, case=_cases(settings))
        image, maps = _usual(settings)
        _, centres = self._centres_by_map(self.make(settings)(maps, image), maps, settings)[0]
        # On a coarse map anchors may all be clipped to the whole image, on a fine one they move.
        moved = centres[-1, -1] - centres[0, 0]
        assert (moved.max(axis=0) > _ROUNDING).all(), "the anchors of all cells of a map are in the same position"

    def test_anchors_are_boxes(self, settings: AnchorSettings) -> None:
        """Every number is finite, and every anchor has a width and a height."""
        generator = self.make(settings)

        def check(case: _Case) -> None:
            image, maps = case
            boxes = generator(maps, image).to(BoxFormat.CENTER_PIXEL).boxes
            assert np.isfinite(boxes).all(), f"some anchors for {image} are infinite or NaN"
            assert (boxes[:, 2:] > 0).all(), f"some anchors for {image} have no width or height, or a negative one"

        try_cases(self.examples, check, case=_cases(settings))

    def test_equal_settings_make_equal_anchors(self, settings: AnchorSettings) -> None:
        """Anchors depend on the settings, the maps and the image alone, not on what was made before."""
        first, second = self.make(settings), self.make(settings)

        def check(case: _Case) -> None:
            image, maps = case
            assert_close(
                [first(maps, image).boxes],
                [second(maps, image).boxes],
                "two generators with equal settings, or one called twice, differ: use no randomness and keep no state",
            )

        try_cases(self.examples, check, case=_cases(settings))
        image, maps = _usual(settings)
        message = "after use on images of other sizes the generator returns different anchors from a new one"
        assert_close([first(maps, image).boxes], [self.make(settings)(maps, image).boxes], message)

    def test_fitted_settings_are_of_the_same_network(self, settings: AnchorSettings) -> None:
        """What `fitted()` returns, if anything, has the same class and as many anchors in a cell of each map."""
        per_cell = settings.anchors_per_cell()

        def check(seed: int) -> None:
            for fitted in settings.fitted(*_shapes(seed, per_cell)):
                assert type(fitted) is type(settings), (
                    f"fitted() should return settings of the same class, not {type(fitted).__name__}"
                )
                assert fitted.anchors_per_cell() == per_cell, (
                    f"fitted() returns {fitted.anchors_per_cell()} anchors in the cells of the maps in place of "
                    f"{per_cell}: that is another network"
                )

        try_cases(self.examples, check, seed=st.integers(0, 2**32 - 1))

    def test_generator_survives_pickling(self, settings: AnchorSettings) -> None:
        """The generator can be sent to another process and returns the same anchors there."""
        generator, (image, maps) = self.make(settings), _usual(settings)
        copy = pickled(generator, "the generator")
        assert_close([copy(maps, image).boxes], [generator(maps, image).boxes], "after pickling the anchors differ")

    @staticmethod
    def _centres_by_map(
        anchors: Anchors, maps: tuple[FeatureMap, ...], settings: AnchorSettings
    ) -> list[tuple[FeatureMap, NDArray[np.float32]]]:
        """Centres (H, W, A, 2) in pixels of the anchors of each map, if they are in order."""
        centres = anchors.to(BoxFormat.CENTER_PIXEL).boxes[:, :2]
        ends = np.cumsum([map_.cells * each for map_, each in zip(maps, settings.anchors_per_cell(), strict=True)])
        return [
            (map_, part.reshape(map_.height, map_.width, -1, 2))
            for map_, part in zip(maps, np.split(centres, ends[:-1]), strict=True)
        ]


_Case = tuple[ImageSize, tuple[FeatureMap, ...]]


def _maps(image: ImageSize, cells: list[tuple[int, int]]) -> tuple[FeatureMap, ...]:
    """Maps of that many cells, as a backbone for this image would have them."""
    return tuple(FeatureMap(8, *sides, stride=max(image) // max(sides)) for sides in cells)


@st.composite
def _cases(draw: Any, settings: AnchorSettings) -> _Case:
    """An image, and as many maps as the settings are for."""
    number = len(settings.anchors_per_cell())
    image = ImageSize(draw(st.integers(32, 600)), draw(st.integers(32, 600)))
    side = st.integers(1, 9)
    return image, _maps(image, draw(st.lists(st.tuples(side, side), min_size=number, max_size=number)))


def _shapes(seed: int, per_cell: tuple[int, ...]) -> tuple[list[list[Shape]], ImageSize]:
    """For each map as many shapes as anchors in a cell, or none; and the image in which they are."""
    rng = np.random.default_rng(seed)
    image = ImageSize(*(int(side) for side in rng.integers(32, 600, 2)))
    shapes = [np.exp(rng.uniform(0, np.log(image[::-1]), (count * int(rng.integers(2)), 2))) for count in per_cell]
    return [sorted(map(tuple, each.tolist()), key=prod) for each in shapes], image


def _usual(settings: AnchorSettings) -> _Case:
    """An image and maps that get smaller by half."""
    image = ImageSize(240, 320)
    cells = [(max(1, 12 >> index), max(1, 16 >> index)) for index in range(len(settings.anchors_per_cell()))]
    return image, _maps(image, cells)
