"""What is promised by a plugin that knows the weights of another library."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar

from zoo_core.common.errors import PluginError
from zoo_core.common.messages import listed
from zoo_core.parts.foreign_weights import ForeignWeights
from zoo_core.registry.catalogue import Entry
from zoo_core.registry.contributions import Plugin
from zoo_core.registry.foreign_weights import names_here
from zoo_core.registry.registry import default_registry
from zoo_core.registry.targets import import_target

__all__ = ["WeightsContract"]

_STRANGE = ("no such weight", "layer9.nothing")
"""Names that no library has."""
_SHOWN = 5


class WeightsContract:
    """Every check of `ForeignWeights`, on a network and the names in a file of the library.

    Attributes:
        weights: what ``zoo_weights()`` gives.
        fetched: those of its published names that a check really fetches; none by default, for that takes a network.
    """

    weights: ClassVar[ForeignWeights]
    fetched: ClassVar[Sequence[str]] = ()

    def network(self) -> Any:
        """The gluon block of a detector here, with the shapes of its parameters settled."""
        raise NotImplementedError(f"{type(self).__name__} does not say to which network the weights belong: network()")

    def stored(self) -> Collection[str]:
        """The names in a file that the library wrote of the same detector, those of all arrays."""
        raise NotImplementedError(f"{type(self).__name__} does not say which names a file has: stored()")

    def answer(self, stored: Collection[str], network: Any) -> dict[str, str | None]:
        """Our names by those in a file, as the plugin says them."""
        try:
            return names_here(Entry(self.weights.library, self.weights, Plugin("weights")), stored, network)
        except PluginError as error:
            raise AssertionError(str(error)) from error

    def test_is_given_by_a_plugin(self) -> None:
        """An installed plugin gives them by ``zoo_weights()``."""
        given = [entry.part for entry in default_registry().weights]
        assert self.weights in given, (
            f"no plugin gives these weights of {self.weights.library!r} by zoo_weights(): install its package"
        )

    def test_targets_can_be_called(self) -> None:
        """`names_here` and `fetch` name functions that can be imported."""
        for target in filter(None, (self.weights.names_here, self.weights.fetch)):
            try:
                found = import_target(target, "the weights are told by")
            except PluginError as error:
                raise AssertionError(str(error)) from error
            assert callable(found), f"{target} is not a function"

    def test_every_array_has_a_name_here(self) -> None:
        """Each name in the file is known: it is a parameter of the network, or None for what is not a weight."""
        stored, network = self.stored(), self.network()
        answer = self.answer(stored, network)
        if unknown := [name for name in stored if name not in answer]:
            raise AssertionError(f"nothing is said of {_some(unknown)}, which the file has")
        ours = _parameters(network)
        if strange := [f"{there} -> {here}" for there, here in answer.items() if here is not None and here not in ours]:
            raise AssertionError(f"not parameters of the network: {_some(strange)}")

    def test_every_parameter_is_found_once(self) -> None:
        """Each parameter of the network has one name in the file, and no two have the same."""
        network = self.network()
        found = [here for here in self.answer(self.stored(), network).values() if here is not None]
        if repeated := {here for here in found if found.count(here) > 1}:
            raise AssertionError(f"several arrays of the file are said to be {_some(sorted(repeated))}")
        if missing := sorted(_parameters(network).keys() - set(found)):
            raise AssertionError(f"no array of the file is said to be {_some(missing)}")

    def test_strange_names_are_left_alone(self) -> None:
        """What no file of the library has is not in the answer, and does not change the rest of it."""
        stored, network = [*self.stored()], self.network()
        answer = self.answer([*_STRANGE, *stored], network)
        taken = [name for name in _STRANGE if name in answer]
        assert not taken, f"{_some(taken)} is taken for {answer.get(taken[0])}: leave out what you do not know"
        assert answer == self.answer(stored, network), "names that are not known change what is said of the others"

    def test_the_order_of_names_is_nothing(self) -> None:
        """Names in another order have the same answer: files do not keep one."""
        stored, network = [*self.stored()], self.network()
        first, second = self.answer(stored, network), self.answer(stored[::-1], network)
        changed = [name for name in stored if first.get(name) != second.get(name)]
        assert not changed, f"in another order {_some(changed)} is said to be something else"

    def test_the_network_stays_as_it_is(self) -> None:
        """Asked for names, the plugin changes no parameter of the network."""
        network = self.network()
        before = _parameters(network)
        self.answer(self.stored(), network)
        assert _parameters(network) == before, "parameters of the network are others after names_here(): only read them"

    def test_what_is_published_can_be_fetched(self) -> None:
        """Each of `fetched` is published, and its function gives the path of a ``.params`` file that is there."""
        for name in self.fetched:
            assert name in self.weights.published, f"{name!r} is not among the published names"
            found = import_target(str(self.weights.fetch), f"{name!r} is fetched by")(name, None)
            assert isinstance(found, str | Path) and Path(found).is_file() and Path(found).suffix == ".params", (
                f"fetch({name!r}, None) gives {found!r}, and not the path of a .params file that is there"
            )


def _parameters(network: Any) -> dict[str, tuple[Any, ...]]:
    """What can be said of each parameter of a block, by our names for them."""
    found = network._collect_params_with_prefix()  # noqa: SLF001 -- gluon has no other way
    return {name: (each.shape, each.grad_req, _content(each)) for name, each in found.items()}


def _content(parameter: Any) -> bytes | None:
    """The numbers of a parameter, where it has some yet."""
    try:
        content: bytes = parameter.data().asnumpy().tobytes()
    except RuntimeError:  # as MXNet has it, also of one that is not initialised
        return None
    return content


def _some(names: Sequence[str]) -> str:
    return listed(list(map(repr, names[:_SHOWN])) + (["..."] if len(names) > _SHOWN else []))
