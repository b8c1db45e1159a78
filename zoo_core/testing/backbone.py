"""What backbones promise: the shapes that were predicted, from a network that can be trained."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from zoo_core.common.messages import listed
from zoo_core.engines import gluon
from zoo_core.parts.components import BackboneSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.testing.comparing import assert_close, try_cases
from zoo_core.testing.contract import ComponentContract
from zoo_core.testing.networks import array, assert_hybrid_block, numbers

__all__ = ["BackboneContract"]

_ROUNDING = 1e-4
"""By how much an output may differ when MXNet computes it in another way, as a fraction of the largest."""
_REACH = 200
"""Images up to this many pixels larger than the smallest are tried."""
_LEAST = 64
"""Real passes are made on images of no fewer pixels: where maps of a deep network are single cells all the
way, batch norm sees two numbers at a time, and its gradients overflow, which says nothing about the network."""

_kept: dict[tuple[type, str], Any] = {}
"""The network that the checks of a class share: to draw the weights of a large one takes a second."""


class BackboneContract(ComponentContract):
    """Every check of a backbone: `feature_maps()` and `smallest_input()` are exact, and the network is sound."""

    light_questions: ClassVar[str] = "settings.feature_maps(settings.smallest_input())"
    rests_on: ClassVar[tuple[str, ...]] = (
        "test_is_a_hybrid_block",
        "test_shapes_are_told_plainly",
        "test_a_batch_has_the_promised_shapes",
    )

    def network(self, settings: BackboneSettings) -> Any:
        """A network with fresh weights; checks on the same settings share it, so they must not change it."""
        key = type(self), settings.model_dump_json()
        if key not in _kept:
            _kept.clear()
            _kept[key] = self._started(settings)
        return _kept[key]

    def test_is_a_hybrid_block(self, settings: BackboneSettings) -> None:
        """The network is a gluon HybridBlock, which training compiles and export traces."""
        assert_hybrid_block(self.make(settings))

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
        maps = gluon.mx.sym.Group(list(_outputs(self.make(settings), gluon.mx.sym.var("data"))))

        def check(image: ImageSize) -> None:
            inferred = maps.infer_shape(data=(1, 3, *image))[1]
            _assert_shapes(inferred, settings.feature_maps(image), 1, image)

        try_cases(self.examples, check, image=_sizes(settings))

    def test_a_batch_has_the_promised_shapes(self, settings: BackboneSettings) -> None:
        """The actual outputs of the network for two images have these shapes too."""
        images = _images(settings, 2)
        maps = _outputs(self.network(settings), images)
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

    def test_fresh_outputs_are_finite(self, settings: BackboneSettings) -> None:
        """After `initialize()` no output is infinite or NaN."""
        for index, values in enumerate(numbers(_outputs(self.network(settings), _images(settings, 1)))):
            assert np.isfinite(values).all(), (
                f"map {index} holds infinite numbers or NaN right after initialize(): look at the initializers of the "
                "layers (a variance drawn at random may be negative)"
            )

    def test_a_batch_is_its_images(self, settings: BackboneSettings) -> None:
        """Outside training, an image has the same maps in a batch as alone."""
        network, images = self.network(settings), _images(settings, 2)
        together = numbers(_outputs(network, images))
        for index in range(2):
            alone = numbers(_outputs(network, images[index : index + 1]))
            message = "an image has different maps in a batch than alone, so results would depend on the batch size"
            assert_close([each[index : index + 1] for each in together], alone, message, _ROUNDING)

    def test_hybridizing_changes_nothing(self, settings: BackboneSettings) -> None:
        """Compiled by `hybridize()`, the network returns the same."""
        network, images = self.network(settings), _images(settings, 1)
        before = numbers(_outputs(network, images))
        network.hybridize(static_alloc=True)
        try:
            after = numbers(_outputs(network, images))
        finally:
            network.hybridize(active=False)
        message = (
            "hybridized, the network returns other maps: hybrid_forward() must not depend on values or on Python state"
        )
        assert_close(after, before, message, _ROUNDING)

    def test_gradients_reach_every_weight(self, settings: BackboneSettings) -> None:
        """Every parameter is used, has finite gradients, and no weight of a layer is cut off from them."""
        network, images = self._started(settings), _images(settings, 2)
        trained = {name: each for name, each in _parameters(network).items() if each.grad_req != "null"}
        idle = [name for name, each in trained.items() if not _is_ready(each)]
        assert not idle, f"no pass uses {_layers(idle)}: leave out what is not used"
        _move_a_little([*trained.values()])
        with gluon.mx.autograd.record():
            maps = _outputs(network, images)
            rng = np.random.default_rng(0)
            # Random factors: after a batch norm the plain sum does not depend on the weights.
            total = sum((each * array(rng.normal(size=each.shape))).sum() for each in maps)
        total.backward()
        gradients = {name: each.grad().asnumpy() for name, each in trained.items()}
        endless = [name for name, values in gradients.items() if not np.isfinite(values).all()]
        assert not endless, f"gradients of {_layers(endless)} are infinite or NaN"
        # Vectors are skipped: a bias before a batch norm rightly has none.
        unreached = [name for name, values in gradients.items() if values.ndim > 1 and not values.any()]
        assert not unreached, (
            f"the gradients of all weights of {_layers(unreached)} are zero, so training would never change them"
        )

    def test_fresh_weights_depend_on_the_seed_alone(self, settings: BackboneSettings) -> None:
        """With the same `mx.random.seed()` two networks with equal settings start with equal weights."""
        first, second = _parameters(self.network(settings)), _parameters(self._started(settings))
        assert first.keys() == second.keys(), "two networks with equal settings have parameters with different names"
        for name, values in first.items():
            message = f"{name} starts with other values though the seed is the same: draw it with mx.init or mx.random"
            assert_close([second[name].data().asnumpy()], [values.data().asnumpy()], message)

    def test_weights_survive_a_file(self, settings: BackboneSettings) -> None:
        """With saved weights another network with equal settings returns the same."""
        from zoo_core.engines.gluon.weights import load_weights, save_weights

        network, images = self.network(settings), _images(settings, 1)
        other = self._started(settings, seed=1)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "weights.params")
            save_weights(network, path)
            load_weights(other, path)
        message = "with the weights of a saved network another one returns other maps: all that it learns, and what "
        message += "it draws at random, must be a gluon Parameter"
        assert_close(numbers(_outputs(other, images)), numbers(_outputs(network, images)), message, _ROUNDING)

    def test_two_networks_share_nothing(self, settings: BackboneSettings) -> None:
        """Two networks in one process have parameters of their own, with names of their own."""
        first, second = (self.make(settings).collect_params() for _ in range(2))
        shared = sorted(first.keys() & second.keys())
        assert not shared, (
            f"two networks in one process have parameters with the same names: {listed(shared[:5])}; "
            "leave names to gluon (no prefix of your own), and create layers in __init__"
        )

    def _started(self, settings: BackboneSettings, seed: int = 0) -> Any:
        """A new network with initialised weights, which takes a first pass."""
        gluon.mx.random.seed(seed)
        network = self.make(settings)
        network.initialize()
        images = _images(settings, 1)
        try:
            numbers(_outputs(network, images))
        except (RuntimeError, ValueError) as error:  # MXNetError is a RuntimeError
            size, reason = ImageSize(*images.shape[2:]), str(error).strip().partition("\n")[0]
            raise AssertionError(
                f"the network cannot run at {size}, though smallest_input() is {settings.smallest_input()}: {reason}"
            ) from error
        return network


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


def _outputs(network: Any, images: Any) -> list[Any] | tuple[Any, ...]:
    maps = network(images)
    assert isinstance(maps, list | tuple), (
        f"the network should return a list with one array for each feature map, not {type(maps).__name__}"
    )
    return maps


def _assert_shapes(shapes: Any, promised: tuple[FeatureMap, ...], batch: int, image: ImageSize) -> None:
    found = [tuple(each) for each in shapes]
    expected = [(batch, each.channels, each.height, each.width) for each in promised]
    assert found == expected, f"at {image} feature_maps() says {expected}, but the network returns {found}"


def _runs(network: Any, image: ImageSize) -> bool:
    try:
        maps = numbers(_outputs(network, array(np.zeros((1, 3, *image)))))
    except (RuntimeError, ValueError):
        return False
    return all(each.size for each in maps)


def _parameters(network: Any) -> dict[str, Any]:
    """Parameters by the names under which they are saved, which are the same in every network with these settings."""
    named: dict[str, Any] = network._collect_params_with_prefix()  # noqa: SLF001 -- as save_parameters() does
    return named


def _layers(names: list[str]) -> str:
    """The layers of parameters by their attributes: ``self.stages[2].halve`` for ``stages.2.halve.weight``."""
    paths = dict.fromkeys(name.rpartition(".")[0] or name for name in names)
    return listed("self." + re.sub(r"\.(\d+)", r"[\1]", path) for path in paths)


def _is_ready(parameter: Any) -> bool:
    """Whether a parameter is initialised: some wait for a first pass to learn their shapes."""
    try:
        parameter.data()
    except RuntimeError:
        return False
    return True


def _move_a_little(parameters: list[Any]) -> None:
    """Some rightly start at zero, and then those before them have no gradients until the first step."""
    for each in parameters:
        each.set_data(each.data() + gluon.mx.nd.random.normal(scale=0.01, shape=each.shape))
