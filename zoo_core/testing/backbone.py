"""What backbones promise: the shapes that were predicted, from a network that can be trained."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from zoo_core.engines import gluon
from zoo_core.parts.components import BackboneSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.testing.blocks import BlockContract
from zoo_core.testing.comparing import try_cases
from zoo_core.testing.networks import array, numbers

__all__ = ["BackboneContract"]

_REACH = 200
"""Images up to this many pixels larger than the smallest are tried."""
_LEAST = 64
"""Real passes are made on images of no fewer pixels: where maps of a deep network are single cells all the
way, batch norm sees two numbers at a time, and its gradients overflow, which says nothing about the network."""


class BackboneContract(BlockContract):
    """Every check of a backbone: `feature_maps()` and `smallest_input()` are exact, and the network is sound."""

    light_questions: ClassVar[str] = "settings.feature_maps(settings.smallest_input())"
    rests_on: ClassVar[tuple[str, ...]] = (
        "test_is_a_hybrid_block",
        "test_shapes_are_told_plainly",
        "test_a_batch_has_the_promised_shapes",
    )
    varied: ClassVar[tuple[str, ...]] = (
        "test_shapes_are_told_plainly",
        "test_feature_maps_are_those_of_the_network",
        "test_stride_is_the_distance_between_cells",
    )

    def inputs(self, settings: BackboneSettings, count: int) -> Any:
        """Images a little larger than the smallest; see `_images`."""
        return _images(settings, count)

    def circumstances(self, settings: BackboneSettings, given: Any) -> str:
        """The size, and that it ought to be enough."""
        return f"at {ImageSize(*given.shape[2:])}, though smallest_input() is {settings.smallest_input()}"

    def test_shapes_are_told_plainly(self, settings: BackboneSettings) -> None:
        """`smallest_input()` is an ImageSize, `feature_maps()` a tuple of FeatureMap, both of positive integers."""
        smallest = settings.smallest_input()
        assert isinstance(smallest, ImageSize) and _are_counts(smallest), (
            f"smallest_input() should be an ImageSize of positive integers; got {smallest!r}"
        )
        maps = settings.feature_maps(smallest)
        assert isinstance(maps, tuple) and maps, f"feature_maps() should be a tuple of some FeatureMap; got {maps!r}"
        for each in maps:
            assert isinstance(each, FeatureMap) and _are_counts(each), (
                f"feature_maps() should hold FeatureMap of positive integers; got {each!r}"
            )

    def test_feature_maps_are_those_of_the_network(self, settings: BackboneSettings) -> None:
        """At many sizes, odd and oblong ones too, `feature_maps()` are the shapes that MXNet infers."""
        maps = gluon.mx.sym.Group(list(self.outputs(self.make(settings), gluon.mx.sym.var("data"))))

        def check(image: ImageSize) -> None:
            inferred = maps.infer_shape(data=(1, 3, *image))[1]
            _assert_shapes(inferred, settings.feature_maps(image), 1, image)

        try_cases(self.examples, check, image=_sizes(settings))

    def test_a_batch_has_the_promised_shapes(self, settings: BackboneSettings) -> None:
        """The actual outputs of the network for two images have these shapes too."""
        images = _images(settings, 2)
        maps = self.outputs(self.network(settings), images)
        image = ImageSize(*images.shape[2:])
        _assert_shapes([each.shape for each in maps], settings.feature_maps(image), 2, image)

    def test_stride_is_the_distance_between_cells(self, settings: BackboneSettings) -> None:
        """An image longer by the stride of a map has one more cell; the stride of a global map is the longer side."""

        def check(image: ImageSize) -> None:
            for index, each in enumerate(settings.feature_maps(image)):
                if each.cells == 1 and each.stride == max(image):
                    continue  # one cell for the whole image
                longer = ImageSize(image.height + each.stride, image.width + each.stride)
                grown = settings.feature_maps(longer)[index]
                assert (grown.height, grown.width) == (each.height + 1, each.width + 1), (
                    f"map {index} has stride {each.stride} and is {each} at {image}, so at {longer} it should be "
                    f"{each.height + 1}x{each.width + 1}, but feature_maps() says {grown}: stride is the product of "
                    "the strides on the way, or the longer side of the image for a global map"
                )

        try_cases(self.examples, check, image=_sizes(settings))

    def test_smallest_input_is_exact(self, settings: BackboneSettings) -> None:
        """The network runs at `smallest_input()`, and not with one pixel less in height or in width."""
        network, smallest = self.network(settings), settings.smallest_input()
        assert _runs(network, smallest), f"the network cannot run at {smallest}, which smallest_input() says is enough"
        for smaller in (
            ImageSize(smallest.height - 1, smallest.width),
            ImageSize(smallest.height, smallest.width - 1),
        ):
            assert min(smaller) == 0 or not _runs(network, smaller), (
                f"the network runs at {smaller}, but smallest_input() says that it needs {smallest}: "
                "images that work would be refused"
            )


def _are_counts(values: tuple[object, ...]) -> bool:
    return all(isinstance(each, int) and each >= 1 for each in values)


def _sizes(settings: BackboneSettings) -> SearchStrategy[ImageSize]:
    """Sizes from the smallest on, each side on its own."""
    height, width = settings.smallest_input()
    return st.builds(ImageSize, st.integers(height, height + _REACH), st.integers(width, width + _REACH))


def _images(settings: BackboneSettings, count: int) -> Any:
    """Normalised images (B, 3, H, W) a little larger than the smallest, oblong; always the same."""
    height, width = (max(side, _LEAST) for side in settings.smallest_input())
    return array(np.random.default_rng(0).normal(size=(count, 3, height + 2, width + 7)))


def _assert_shapes(shapes: Any, promised: tuple[FeatureMap, ...], batch: int, image: ImageSize) -> None:
    found = [tuple(each) for each in shapes]
    expected = [(batch, each.channels, each.height, each.width) for each in promised]
    assert found == expected, f"at {image} feature_maps() says {expected}, but the network returns {found}"


def _runs(network: Any, image: ImageSize) -> bool:
    try:
        maps = numbers(network(array(np.zeros((1, 3, *image)))))
    except (RuntimeError, ValueError):
        return False
    return all(each.size for each in maps)
