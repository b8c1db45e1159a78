"""What every part of a network promises that has weights: backbones, necks and heads."""

from __future__ import annotations

import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from zoo_core.common.messages import listed
from zoo_core.engines import gluon
from zoo_core.parts.components import ComponentSettings
from zoo_core.testing.comparing import assert_close
from zoo_core.testing.contract import ComponentContract
from zoo_core.testing.networks import array, assert_hybrid_block, numbers

__all__ = ["BlockContract"]

_ROUNDING = 1e-4
"""By how much an output may differ when MXNet computes it in another way, as a fraction of the largest."""

_kept: dict[tuple[type, str], Any] = {}
"""The block that the checks of a class share: to draw the weights of a large one takes a second."""


class BlockContract(ComponentContract):
    """The checks of every block with weights; the contract of a kind says what such a block is given."""

    def block(self, settings: Any) -> Any:
        """A new block, told what those of its kind are told."""
        return self.make(settings)

    def inputs(self, settings: Any, count: int) -> Any:
        """What it is given for so many images; always the same."""
        raise NotImplementedError

    def outputs(self, network: Any, given: Any) -> list[Any] | tuple[Any, ...]:
        """What it gives."""
        outputs = network(given)
        assert isinstance(outputs, list | tuple), (
            f"the network should return a list with one array for each output, not {type(outputs).__name__}"
        )
        return outputs

    def network(self, settings: ComponentSettings) -> Any:
        """A block with fresh weights; checks on the same settings share it, so they must not change it."""
        key = type(self), settings.model_dump_json()
        if key not in _kept:
            _kept.clear()
            _kept[key] = self._started(settings)
        return _kept[key]

    def test_is_a_hybrid_block(self, settings: ComponentSettings) -> None:
        """It is a gluon HybridBlock, which training compiles and export traces."""
        assert_hybrid_block(self.block(settings))

    def test_fresh_outputs_are_finite(self, settings: ComponentSettings) -> None:
        """After `initialize()` no output is infinite or NaN."""
        for index, values in enumerate(numbers(self.outputs(self.network(settings), self.inputs(settings, 1)))):
            assert np.isfinite(values).all(), (
                f"output {index} holds infinite numbers or NaN right after initialize(): look at the initializers of "
                "the layers (a variance drawn at random may be negative)"
            )

    def test_a_batch_is_its_images(self, settings: ComponentSettings) -> None:
        """Outside training, an image gives the same in a batch as alone."""
        network, given = self.network(settings), self.inputs(settings, 2)
        together = numbers(self.outputs(network, given))
        for index in range(2):
            alone = numbers(self.outputs(network, _some(given, index)))
            message = "an image gives something else in a batch than alone: results would depend on the batch size"
            assert_close([each[index : index + 1] for each in together], alone, message, _ROUNDING)

    def test_hybridizing_changes_nothing(self, settings: ComponentSettings) -> None:
        """Compiled by `hybridize()`, it returns the same."""
        network, given = self.network(settings), self.inputs(settings, 1)
        before = numbers(self.outputs(network, given))
        network.hybridize(static_alloc=True)
        try:
            with warnings.catch_warnings():
                # A neck may leave out maps; what is compiled in use is the whole network, whose input is the images.
                warnings.filterwarnings("ignore", "The .* input to HybridBlock is not used")
                after = numbers(self.outputs(network, given))
        finally:
            network.hybridize(active=False)
        message = "hybridized, it returns something else: hybrid_forward() must not depend on values or on Python state"
        assert_close(after, before, message, _ROUNDING)

    def test_gradients_reach_every_weight(self, settings: ComponentSettings) -> None:
        """Every parameter is used, has finite gradients, and no weight of a layer is cut off from them."""
        network, given = self._started(settings), self.inputs(settings, 2)
        trained = {name: each for name, each in _parameters(network).items() if each.grad_req != "null"}
        idle = [name for name, each in trained.items() if not _is_ready(each)]
        assert not idle, f"no pass uses {_layers(idle)}: leave out what is not used"
        _move_a_little([*trained.values()])
        with gluon.mx.autograd.record():
            outputs = self.outputs(network, given)
            rng = np.random.default_rng(0)
            # Random factors: after a batch norm the plain sum does not depend on the weights.
            total = sum((each * array(rng.normal(size=each.shape))).sum() for each in outputs)
        total.backward()
        gradients = {name: each.grad().asnumpy() for name, each in trained.items()}
        endless = [name for name, values in gradients.items() if not np.isfinite(values).all()]
        assert not endless, f"gradients of {_layers(endless)} are infinite or NaN"
        # Vectors are skipped: a bias before a batch norm rightly has none.
        unreached = [name for name, values in gradients.items() if values.ndim > 1 and not values.any()]
        assert not unreached, (
            f"the gradients of all weights of {_layers(unreached)} are zero, so training would never change them"
        )

    def test_fresh_weights_depend_on_the_seed_alone(self, settings: ComponentSettings) -> None:
        """With the same `mx.random.seed()` two with equal settings start with equal weights."""
        first, second = _parameters(self.network(settings)), _parameters(self._started(settings))
        assert first.keys() == second.keys(), "two with equal settings have parameters with different names"
        for name, values in first.items():
            message = f"{name} starts with other values though the seed is the same: draw it with mx.init or mx.random"
            assert_close([second[name].data().asnumpy()], [values.data().asnumpy()], message)

    def test_weights_survive_a_file(self, settings: ComponentSettings) -> None:
        """With saved weights another one with equal settings returns the same."""
        from zoo_core.engines.gluon.weights import load_weights, save_weights

        network, given = self.network(settings), self.inputs(settings, 1)
        other = self._started(settings, seed=1)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "weights.params")
            save_weights(network, path)
            load_weights(other, path)
        message = (
            "with the weights of a saved network another one returns something else: all that it learns, and what "
        )
        message += "it draws at random, must be a gluon Parameter"
        assert_close(numbers(self.outputs(other, given)), numbers(self.outputs(network, given)), message, _ROUNDING)

    def test_two_networks_share_nothing(self, settings: ComponentSettings) -> None:
        """Two in one process have parameters of their own, with names of their own."""
        first, second = (self.block(settings).collect_params() for _ in range(2))
        shared = sorted(first.keys() & second.keys())
        assert not shared, (
            f"two in one process have parameters with the same names: {listed(shared[:5])}; "
            "leave names to gluon (no prefix of your own), and create layers in __init__"
        )

    def _started(self, settings: ComponentSettings, seed: int = 0) -> Any:
        """A new block whose weights are drawn, which takes a first pass."""
        gluon.mx.random.seed(seed)
        network = self.block(settings)
        network.initialize()
        given = self.inputs(settings, 1)
        try:
            numbers(self.outputs(network, given))
        except (RuntimeError, ValueError) as error:  # MXNetError is a RuntimeError
            reason = str(error).strip().partition("\n")[0]
            raise AssertionError(f"the network cannot run {self.circumstances(settings, given)}: {reason}") from error
        return network

    def circumstances(self, settings: Any, given: Any) -> str:  # noqa: ARG002
        """Where it ought to run, in words."""
        shapes = [each.shape for each in given] if isinstance(given, list) else given.shape
        return f"on {shapes}"


def _some(given: Any, index: int) -> Any:
    """What is given for one of the images."""
    return [_some(each, index) for each in given] if isinstance(given, list) else given[index : index + 1]


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
