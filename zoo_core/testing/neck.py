"""What necks promise: the shapes that their settings give, from layers that can be trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from zoo_core.engines import gluon
from zoo_core.parts.components import NeckSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.testing.blocks import BlockContract
from zoo_core.testing.comparing import try_cases
from zoo_core.testing.networks import assert_inferred
from zoo_core.testing.pyramids import PYRAMIDS, Pyramid, arrays_on, sizes, unusual

__all__ = ["NeckContract"]

_IMAGE = ImageSize(96, 136)


class NeckContract(BlockContract):
    """Every check of a neck, on maps that halve from one to the next: `feature_maps()` is exact, the layers sound.

    Attributes:
        pyramid: the maps that it is given; None for the first that it accepts of 3, 4, 2, 5, 6, 7 and 1 maps.
    """

    pyramid: ClassVar[Pyramid | None] = None
    light_questions: ClassVar[str] = "settings.incompatibility"
    rests_on: ClassVar[tuple[str, ...]] = (
        "test_is_a_hybrid_block",
        "test_shapes_are_told_plainly",
        "test_feature_maps_are_those_of_the_network",
    )
    varied: ClassVar[tuple[str, ...]] = (
        "test_shapes_are_told_plainly",
        "test_feature_maps_are_those_of_the_network",
        "test_stride_is_the_distance_between_cells",
    )

    def given(self, settings: NeckSettings) -> Pyramid:
        """What the neck is given."""
        reason = None
        for each in (self.pyramid,) if self.pyramid else PYRAMIDS:
            if (reason := settings.incompatibility(each.of(_IMAGE))) is None:
                return each
        raise AssertionError(f"{settings.name!r} accepts no maps that halve from one to the next: {reason}")

    def block(self, settings: NeckSettings) -> Any:
        """A new neck for these maps."""
        return self.registry().make(settings, self.given(settings).of(_IMAGE))

    def inputs(self, settings: NeckSettings, count: int) -> list[Any]:
        """Random maps."""
        return arrays_on(self.given(settings).of(_IMAGE), count)

    def test_shapes_are_told_plainly(self, settings: NeckSettings) -> None:
        """`feature_maps()` is a tuple of FeatureMap of whole numbers from 1, `incompatibility()` a text or None."""
        for each in PYRAMIDS:
            reason = settings.incompatibility(each.of(_IMAGE))
            assert reason is None or (isinstance(reason, str) and reason.strip()), (
                f"incompatibility() of {each.maps} maps is a text that says why not, or None, not {reason!r}"
            )
        made = settings.feature_maps(self.given(settings).of(_IMAGE))
        assert isinstance(made, tuple) and made, f"feature_maps() is a tuple with at least one FeatureMap, not {made!r}"
        for map_ in made:
            assert isinstance(map_, FeatureMap) and all(isinstance(side, int) and side >= 1 for side in map_), (
                f"feature_maps() holds FeatureMap of whole numbers from 1, not {map_!r}"
            )

    def test_feature_maps_are_those_of_the_network(self, settings: NeckSettings) -> None:
        """Of images of many sizes, odd and oblong ones too, `feature_maps()` are the shapes that MXNet infers."""
        given = self.given(settings)
        layers = _Traced.of(self, settings, given.of(_IMAGE))

        def check(image: ImageSize) -> None:
            if not settings.incompatibility(given.of(image)):
                layers.check(settings, given.of(image))

        try_cases(self.examples, check, image=sizes())

    def test_what_it_accepts_it_can_do(self, settings: NeckSettings) -> None:
        """On maps that do not halve, of any number, `feature_maps()` is exact, or `incompatibility()` says why not."""
        for maps in (*(each.of(_IMAGE) for each in PYRAMIDS), *unusual(self.given(settings).of(_IMAGE))):
            if not settings.incompatibility(maps):
                _Traced.of(self, settings, maps).check(settings, maps)

    def test_stride_is_the_distance_between_cells(self, settings: NeckSettings) -> None:
        """The cells of a map, each a stride wide, cover the image, or what those of a given map cover of it."""
        # So no stride is missing, and none is too much. Maps may reach beyond the image, where its side is not a
        # multiple of their stride, and then what is made of them reaches as far.

        def check(image: ImageSize) -> None:
            maps = self.given(settings).of(image)
            if settings.incompatibility(maps):
                return
            for index, each in enumerate(settings.feature_maps(maps)):
                for axis, side in enumerate(image, start=1):  # of a FeatureMap, height and width
                    covered = [side, *(map_[axis] * map_.stride for map_ in maps)]
                    nearest = min(abs(each[axis] * each.stride - wanted) for wanted in covered)
                    assert nearest < 2 * each.stride or each.cells == 1, (
                        f"map {index} of an image of {image} is {each} and has stride {each.stride}, "
                        f"so its cells cover {each.height * each.stride}x{each.width * each.stride}"
                    )

        try_cases(self.examples, check, image=sizes())


class _Traced(NamedTuple):
    """A neck as symbols.

    Attributes:
        symbols: its outputs.
        names: of the maps that it is given.
    """

    symbols: Any
    names: Sequence[str]

    @classmethod
    def of(cls, contract: NeckContract, settings: NeckSettings, maps: tuple[FeatureMap, ...]) -> _Traced:
        """Of a neck for these maps."""
        names = [f"map{index}" for index in range(len(maps))]
        network = contract.registry().make(settings, maps)
        return cls(gluon.mx.sym.Group(list(contract.outputs(network, [*map(gluon.mx.sym.var, names)]))), names)

    def check(self, settings: NeckSettings, maps: tuple[FeatureMap, ...]) -> None:
        """Fail unless of these maps the settings say the shapes that MXNet infers."""
        shapes, arguments = dict(zip(self.names, map(_shape, maps), strict=True)), set(self.symbols.list_arguments())
        used = {name: shape for name, shape in shapes.items() if name in arguments}  # a map need not be used
        expected = [*map(_shape, settings.feature_maps(maps))]
        promise = (
            f"of maps {[*shapes.values()]}, against which incompatibility() has nothing, feature_maps() says "
            f"{expected}, and the network"
        )
        assert_inferred(self.symbols, used, expected, promise)


def _shape(map_: FeatureMap) -> tuple[int, int, int, int]:
    return 1, map_.channels, map_.height, map_.width
