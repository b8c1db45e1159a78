"""What backbones that GluonCV makes of classification networks have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from numpy.typing import NDArray

from zoo_core.plugin_api import mx, parameter_names
from zoo_gluoncv_ssd.classifiers import Arrays, base_network

__all__ = ["ClassifierBackbone", "each_output"]


class ClassifierBackbone(mx.gluon.HybridBlock):
    """A backbone that can begin with the weights of a classification network.

    Args:
        network: the name of that network in GluonCV's model zoo.
    """

    def __init__(self, network: str) -> None:
        super().__init__()
        self._network = network

    def from_classifier(self, stored: Arrays) -> dict[str, NDArray[Any]] | None:
        """The weights of this backbone in a file of the classification network of which it is made.

        Args:
            stored: the arrays of the file.

        Returns:
            Arrays by the names of this backbone's parameters; those that it does not need have other names.
            None where the file is of another network.
        """
        names = parameter_names(self)
        return self._from_whole(stored, {each.removeprefix(self.prefix): name for each, name in names.items()})

    def _from_whole(self, stored: Arrays, names: Mapping[str, str]) -> dict[str, NDArray[Any]] | None:
        """As `from_classifier`, with our names of the parameters by those in the graph."""
        return base_network(stored, self._network, names)


def each_output(layers: Iterable[Any], images: Any) -> list[Any]:
    """What each of some layers gives, of which the first is given images and any other what the one before gives."""
    maps = [images]
    for layer in layers:
        maps.append(layer(maps[-1]))
    return maps[1:]
