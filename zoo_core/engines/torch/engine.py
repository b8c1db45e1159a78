"""A detection network that runs on PyTorch."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.network_file import NetworkFile
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.params_file import read_params, write_params
from zoo_core.engines.torch.device import device_from, named
from zoo_core.engines.torch.learner import TorchLearner
from zoo_core.engines.torch.losses import loss_module
from zoo_core.engines.torch.module import GraphModule
from zoo_core.engines.weight_arrays import Arrays, require_finite, require_finite_outputs, require_usable
from zoo_core.parts.outputs import Scoring
from zoo_core.prediction.engine import WeightsReport

__all__ = ["TorchEngine"]


class TorchEngine:
    """Runs the graph of a network; implements `zoo_core.prediction.engine.Engine`.

    Args:
        config: configuration of the detector.
        graphs: graphs of the network and its loss.
        weights: an array for each weight of the network, by name.
        frozen: names of the weights that training does not change.
        transfer: what was taken from ``weights.source``; None when nothing was.

    Attributes:
        library: what it runs on, by name.
        runs_on: the same, and on which device.
        network: the module; its ``state_dict()`` has the names of ``.params`` files.
        transfer: as above.

    Raises:
        UnsupportedOperatorError: the network has an operator for which there is nothing on PyTorch.
        ConfigError: there is no such device.
    """

    library = "PyTorch"

    def __init__(
        self,
        config: DetectorConfig,
        graphs: NetworkFile,
        weights: Arrays,
        frozen: Collection[str] = (),
        transfer: WeightsReport | None = None,
    ) -> None:
        self.transfer = transfer
        self._graphs = graphs
        self._scoring = config.loss.scoring
        self._device = device_from(config.device)
        self.runs_on = f"{self.library} on {named(self._device)}"
        self.network = GraphModule(graphs.network, weights, graphs.others).to(self._device).eval()
        for name, weight in self.network.weights().items():
            if name in frozen:
                weight.requires_grad = False
        self._trusted = False

    def __call__(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities (B, N, S) and four numbers (B, N, 4) of each anchor, of normalised images (B, 3, H, W).

        Raises:
            RunError: weights are not finite or variances negative (says of which layers), or the network overflows.
        """
        scores, offsets = self._forward(images)
        of_classes = torch.softmax(scores, -1) if self._scoring is Scoring.SOFTMAX else torch.sigmoid(scores)
        found = of_classes.cpu().numpy(), offsets.cpu().numpy()
        require_finite_outputs(found, self.network.arrays)
        return found

    def outputs(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The raw outputs of the network for the same: scores (B, N, S) before softmax or sigmoid, and the numbers."""
        scores, offsets = self._forward(images)
        return scores.cpu().numpy(), offsets.cpu().numpy()

    @torch.no_grad()
    def _forward(self, images: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
        if not self._trusted:  # once: looking at all weights takes a quarter of the time of a small network
            require_usable(self.network.arrays())
            self._trusted = True
        scores, offsets = self.network.eval()(torch.from_numpy(np.ascontiguousarray(images)).to(self._device))
        return scores, offsets

    def learner(self, config: DetectorConfig, batch_size: int) -> TorchLearner:
        """What trains the network; see `zoo_core.prediction.engine.Engine.learner`."""
        loss = loss_module(self._graphs, config).to(self._device)
        return TorchLearner(self.network, loss, self._device, config, batch_size, self._graphs.rates)

    def graphs(self) -> NetworkFile:
        """What the network and its loss compute; see `zoo_core.prediction.engine.Engine.graphs`."""
        return self._graphs

    def network_graph(self) -> NetworkGraph:
        """What the network computes."""
        return self._graphs.network

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Copies of the weights by name."""
        return self.network.arrays()

    def save(self, path: Path) -> None:
        """Write the weights, all or nothing.

        Raises:
            OSError: they cannot be written.
            RunError: they are not finite.
        """
        arrays = self.network.arrays()
        require_finite(arrays, f"{path}: not written")
        write_params(path, arrays)

    def load(self, path: Path) -> None:
        """Set the weights to those of a file.

        Raises:
            RunError: there is no such file, it is damaged, or it belongs to another network; nothing was set.
        """
        self.network.set(read_params(path), path)
