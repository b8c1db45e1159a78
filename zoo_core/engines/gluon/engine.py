"""A detection network that runs on MXNet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.freezing import frozen_names
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.class_rows import class_rows_of
from zoo_core.engines.gluon.device import devices_from, named
from zoo_core.engines.gluon.graphs import class_growth, loss_graph, network_graph
from zoo_core.engines.gluon.learner import GluonLearner
from zoo_core.engines.gluon.network import new_network
from zoo_core.engines.gluon.transfer import start_from
from zoo_core.engines.gluon.weights import arrays_of, load_weights, parameters_of, save_weights
from zoo_core.engines.network_file import NetworkFile, made_for
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.transfer_report import TransferReport
from zoo_core.engines.weight_arrays import require_finite_outputs, require_usable
from zoo_core.parts.outputs import Scoring

__all__ = ["GluonEngine", "probabilities"]


class GluonEngine:
    """Runs the network of a configuration; implements `zoo_core.prediction.engine.Engine`.

    Args:
        config: configuration of the detector.
        weights: a ``.params`` file; when None, those of ``weights.source``, and new ones where there is none.

    Attributes:
        library: what it runs on, by name.
        runs_on: the same, and on which devices.
        network: the gluon block, hybridized.
        devices: the MXNet contexts on which it is trained.
        device: the first of them, on which it predicts.
        transfer: what was taken from ``weights.source``; None when nothing was.
    """

    library = "MXNet"

    def __init__(self, config: DetectorConfig, weights: Path | None = None) -> None:
        self._config = config
        self.devices = devices_from(config.device)
        self.device = self.devices[0]
        self.runs_on = f"{self.library} on {named(self.devices)}"
        self.network = new_network(config, self.device)
        self._scoring = config.loss.scoring
        self.transfer: TransferReport | None = None
        if weights is not None:
            load_weights(self.network, weights)
        elif config.weights.source is not None:
            self.transfer = start_from(self.network, config, config.weights.source)
        parameters = parameters_of(self.network)
        self._fixed = parameters.keys() - self.trained
        for name in frozen_names(list(parameters), self.trained, config.weights.freeze):
            parameters[name].grad_req = "null"
        self.network.hybridize(static_alloc=True)
        self._trusted = False

    def __call__(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities (B, N, S) and four numbers (B, N, 4) of each anchor, of normalised images (B, 3, H, W).

        Raises:
            RunError: weights are not finite or variances negative (says of which layers), or the network overflows.
        """
        scores, offsets = self._forward(images)
        found = probabilities(scores, self._scoring), offsets.asnumpy()
        require_finite_outputs(found, self.arrays)
        return found

    def require_usable(self) -> None:
        """Refuse weights with which nothing can be detected.

        Raises:
            RunError: some are not finite, or variances are negative; says of which layers.
        """
        require_usable(arrays_of(parameters_of(self.network)))

    def outputs(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The raw outputs of the network for the same: scores (B, N, S) before softmax or sigmoid, and the numbers."""
        scores, offsets = self._forward(images)
        return scores.asnumpy(), offsets.asnumpy()

    def _forward(self, images: NDArray[np.float32]) -> Any:
        if not self._trusted:  # once: checking all weights takes a quarter of the time of a small network
            self.require_usable()
            self._trusted = True
        return self.network(mx.nd.array(images, ctx=self.device))

    def learner(self, config: DetectorConfig, batch_size: int) -> GluonLearner:
        """What trains the network; see `zoo_core.prediction.engine.Engine.learner`."""
        return GluonLearner(self.network, self.devices, config, batch_size)

    @property
    def trained(self) -> set[str]:
        """Names of the weights that have gradients."""
        return {name for name, each in parameters_of(self.network).items() if each.grad_req != "null"}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The weights by name."""
        return arrays_of(parameters_of(self.network))

    def graphs(self) -> NetworkFile:
        """What the network and its loss compute; see `zoo_core.prediction.engine.Engine.graphs`."""
        network, parameters = self.network_graph(), parameters_of(self.network)
        read = {parameters[name]: name for name in network.weights}
        loss, loss_weights = loss_graph(self._config)
        return NetworkFile(
            network,
            loss,
            made_for(self._config),
            class_rows_of(self.network.head),
            class_growth(self.network, self._config),
            fixed=frozenset(self._fixed & network.trained),
            rates={name: each.lr_mult for name, each in parameters.items() if each.lr_mult != 1},
            others={name: read.get(each) for name, each in parameters.items() if read.get(each) != name},
            loss_weights=loss_weights,
        )

    def network_graph(self) -> NetworkGraph:
        """What the network computes."""
        return network_graph(self.network)

    def save(self, path: Path) -> None:
        """Write the weights, all or nothing.

        Raises:
            OSError: they cannot be written.
            RunError: they are not finite.
        """
        save_weights(self.network, path)

    def load(self, path: Path) -> None:
        """Set the weights to those of a file.

        Raises:
            RunError: the file does not exist, is damaged, or belongs to another network; nothing was set.
        """
        load_weights(self.network, path)


def probabilities(scores: Any, scoring: Scoring) -> NDArray[np.float32]:
    """The softmax or the sigmoid of MXNet's scores (B, N, S); see `Scoring`."""
    if scoring is Scoring.SOFTMAX:
        scores = mx.nd.softmax(scores, axis=-1)
    found: NDArray[np.float32] = scores.asnumpy()
    if scoring is not Scoring.SOFTMAX:  # of which MXNet's own takes three times as long
        with np.errstate(over="ignore"):  # infinite far below 0, where the sigmoid is 0
            np.exp(np.negative(found, out=found), out=found)
        found += 1
        np.reciprocal(found, out=found)
    return found
