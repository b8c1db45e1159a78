"""From a configuration and weights to a network on PyTorch, with MXNet to make it or from what a run has kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.common.files import is_file
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.engines import has_mxnet
from zoo_core.engines.freezing import frozen_names
from zoo_core.engines.network_file import NETWORK_FILE, NetworkFile
from zoo_core.engines.params_file import read_params
from zoo_core.engines.torch.engine import TorchEngine
from zoo_core.engines.transfer_report import LayerReport, TransferReport
from zoo_core.engines.weight_arrays import require_finite
from zoo_core.engines.weight_sources import weight_source

__all__ = ["torch_engine"]


def torch_engine(config: DetectorConfig, weights: Path | None = None, checkpoint: Path | None = None) -> TorchEngine:
    """The network of a configuration on PyTorch.

    Where MXNet is installed it makes the network, as for itself; elsewhere the run to which the weights belong
    has it in ``network.json``.

    Args:
        config: what the detector is.
        weights: a ``.params`` file; when None, those of ``weights.source``, and new ones where there is none.
        checkpoint: of a training that goes on, whose weights replace those.

    Raises:
        RunError: there is no such file, it is damaged, or of another network; or there is no MXNet and nothing else
            says what the network computes.
        UnsupportedOperatorError: the network cannot be run on PyTorch.
        ConfigError: there is no such device.
    """
    return _made_by_mxnet(config, weights) if has_mxnet() else _kept_in_run(config, weights or checkpoint)


def _made_by_mxnet(config: DetectorConfig, weights: Path | None) -> TorchEngine:
    from zoo_core.engines.gluon.engine import GluonEngine

    made = GluonEngine(config.model_copy(update={"device": "cpu"}), weights)
    return TorchEngine(config, made.graphs(), made.arrays(), made.arrays().keys() - made.trained, made.transfer)


def _kept_in_run(config: DetectorConfig, weights: Path | None) -> TorchEngine:
    source = weights or (weight_source(config.weights.source).file if config.weights.source is not None else None)
    if source is None:
        raise RunError(
            "a new network is made by MXNet, which is not here; train from the weights of a run that has it: "
            "zoo train CONFIG --weights RUN"
        )
    path = _network_beside(source)
    graphs = NetworkFile.read(path)
    graphs.require_fitting(config, path)
    stored = read_params(source)
    require_finite(stored, source)
    wanted = list(dict.fromkeys(graphs.network.weights))
    frozen = frozen_names(wanted, graphs.network.trained, config.weights.freeze)
    return TorchEngine(config, graphs, _those(wanted, stored, source), frozen, _report(config, weights, wanted))


def _network_beside(weights: Path) -> Path:
    """The file that says what the network of a file of weights computes: in its folder, or the run's."""
    for folder in (weights.parent, weights.parent.parent):
        if is_file(folder / NETWORK_FILE):
            return folder / NETWORK_FILE
    raise RunError(
        f"{weights.parent}: has no {NETWORK_FILE}, which says what the network computes where MXNet is not installed; "
        f"where it is, zoo convert {weights.parent} writes it"
    )


def _those(wanted: list[str], stored: dict[str, NDArray[Any]], source: Path) -> dict[str, NDArray[Any]]:
    missing = [name for name in wanted if name not in stored]
    if missing:
        raise RunError(f"{source}: the weights of another network: {missing[0]} is not in the file")
    return {name: stored[name] for name in wanted}


def _report(config: DetectorConfig, weights: Path | None, names: list[str]) -> TransferReport | None:
    if weights is not None or config.weights.source is None:
        return None
    return TransferReport(config.weights.source, tuple(LayerReport(name, "loaded") for name in names))
