"""What resizings promise: pictures of every size lie within the network's input."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import strategies as st

from zoo_core.parts.components import ResizeSettings
from zoo_core.parts.geometry import ImageSize, Placement
from zoo_core.testing.comparing import try_cases
from zoo_core.testing.contract import ComponentContract

__all__ = ["ResizeContract"]

_SIZES = st.builds(ImageSize, st.integers(1, 3000), st.integers(1, 3000))
_INPUTS = st.builds(ImageSize, st.integers(32, 1024), st.integers(32, 1024))


class ResizeContract(ComponentContract):
    """Every check of a resizing, on pictures and inputs of random sizes."""

    light_questions: ClassVar[str] = (
        "(lambda size: settings.in_training().placement(size, size))"
        "(importlib.import_module('zoo_core.parts.geometry').ImageSize(90, 60))"
    )
    rests_on: ClassVar[tuple[str, ...]] = ("test_pictures_lie_in_the_input",)
    varied: ClassVar[tuple[str, ...]] = (
        "test_pictures_lie_in_the_input",
        "test_training_has_one_shape",
        "test_what_is_left_over_has_a_colour",
    )

    def test_pictures_lie_in_the_input(self, settings: ResizeSettings) -> None:
        """The resized picture has at least one pixel, and lies within the input."""

        def check(picture: ImageSize, size: ImageSize) -> None:
            placed = settings.placement(picture, size)
            assert isinstance(placed, Placement), f"placement() should return a Placement; got {placed!r}"
            assert min(placed.picture) >= 1, f"nothing is left of a picture of {picture}: {placed}"
            ends = placed.top + placed.picture.height, placed.left + placed.picture.width
            inside = min(placed.top, placed.left) >= 0 and all(map(int.__le__, ends, placed.input))
            assert inside, f"a picture of {picture} does not lie within the input: {placed}"

        try_cases(self.examples, check, picture=_SIZES, size=_INPUTS)

    def test_training_has_one_shape(self, settings: ResizeSettings) -> None:
        """In training every picture has an input of `input_size`, for batches have one shape."""

        def check(picture: ImageSize, size: ImageSize) -> None:
            found = settings.in_training().placement(picture, size).input
            assert found == size, f"in training a picture of {picture} has an input of {found}, not {size}"

        try_cases(self.examples, check, picture=_SIZES, size=_INPUTS)

    def test_what_is_left_over_has_a_colour(self, settings: ResizeSettings) -> None:
        """Where pictures do not fill the input, a setting `fill` has the colour around them: three values to 255."""

        def check(picture: ImageSize, size: ImageSize) -> None:
            if not settings.placement(picture, size).fills:
                fill = getattr(settings, "fill", None)
                fits = isinstance(fill, tuple) and len(fill) == 3 and all(value in range(256) for value in fill)
                assert fits, f"fill, the colour around pictures, should be three values from 0 to 255; got {fill!r}"

        try_cases(self.examples, check, picture=_SIZES, size=_INPUTS)
