"""From a configuration and weights to a network on PyTorch, with MXNet to make it or from what a run has kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from zoo_core.common.errors import RunError
from zoo_core.common.files import is_file
from zoo_core.common.messages import listed
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.engines import has_mxnet
from zoo_core.config.plan import plan
from zoo_core.config.run_folder import NETWORK_FILE
from zoo_core.engines.class_layers import ClassLayers, Shape
from zoo_core.engines.freezing import frozen_names
from zoo_core.engines.initializers import drawn
from zoo_core.engines.network_file import NetworkFile
from zoo_core.engines.params_file import read_params
from zoo_core.engines.torch.engine import TorchEngine
from zoo_core.engines.torch.module import not_computable
from zoo_core.engines.transfer import transferred
from zoo_core.engines.transfer_report import TransferReport
from zoo_core.engines.weight_arrays import Arrays, require_finite, require_fitting
from zoo_core.engines.weight_sources import WeightSource, required_source, weight_source

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
    arrays = made.arrays()
    engine = TorchEngine(config, made.graphs(), arrays, arrays.keys() - made.trained, made.transfer)
    _require_running(engine, config)
    return engine


def _kept_in_run(config: DetectorConfig, own: Path | None) -> TorchEngine:
    """The network that a run has kept, for the classes of the configuration.

    Args:
        config: what the detector is.
        own: a file with its weights; None where it begins from those of another detector.
    """
    source = weight_source(required_source(config)) if own is None else WeightSource(own, None)
    path = _network_beside(source.file)
    with not_computable(f"{path}: damaged, or not the graph of a network"):
        graphs = NetworkFile.read(path).fitted(config, path)
        if own is None:
            weights, transfer = _begun_from(source, graphs, path, config)
        else:
            shapes = {name: each.shape for name, each in graphs.growing.items()}
            weights, transfer = _stored(graphs, own, shapes), None
        frozen = graphs.fixed | frozen_names(list(weights), graphs.trained, config.weights.freeze)
        engine = TorchEngine(config, graphs, weights, frozen, transfer)
    _require_running(engine, config, path)
    return engine


def _network_beside(weights: Path) -> Path:
    """The file that says what the network of a file of weights computes: in its folder, or the run's."""
    folders = (weights.parent, weights.parent.parent)
    for folder in folders:
        if is_file(folder / NETWORK_FILE):
            return folder / NETWORK_FILE
    read_params(weights)  # what is not a file of weights is told as that
    run = next((folder for folder in folders if is_file(folder / "config.yaml")), None)
    raise RunError(
        f"{run or weights}: has no {NETWORK_FILE}, which says what the network computes where MXNet is not installed; "
        f"where it is, {f'zoo convert {run}' if run else f'zoo convert {weights} --out FOLDER'} writes it"
    )


def _begun_from(
    source: WeightSource, graphs: NetworkFile, path: Path, config: DetectorConfig
) -> tuple[Arrays, TransferReport]:
    """The weights of another detector, new ones for the classes that it does not know, and what became of each."""
    if config.weights.reuse is not None or (source.config and source.config.classes != config.classes):
        graphs.require_classes_known(path)
    stored = _stored(graphs, source.file, {})
    rng = np.random.default_rng(config.training.seed)
    fresh = {**stored, **{name: drawn(each.initializer, each.shape, rng) for name, each in graphs.growing.items()}}
    changed, transfer = transferred(fresh, stored, config, source, ClassLayers(graphs.class_rows or {}))
    return fresh | changed, transfer


def _stored(graphs: NetworkFile, file: Path, shapes: Mapping[str, Shape]) -> Arrays:
    """The weights of a network in a file, which may hold more.

    Args:
        graphs: of the network.
        file: `.params`.
        shapes: of the weights of which they are known; the others may have any.
    """
    found = read_params(file)
    stored = {name: found[name] for name in graphs.stored if name in found}
    as_found = {name: stored[name].shape if name in stored else () for name in graphs.stored}
    require_fitting({**as_found, **shapes}, stored, file, ClassLayers(graphs.class_rows or {}))
    require_finite(stored, file)
    return stored


def _require_running(engine: TorchEngine, config: DetectorConfig, path: Path | None = None) -> None:
    """Refuse a graph that was made for another input size, or does not fit what the configuration promises.

    Shapes alone are computed.

    Args:
        engine: of the network.
        config: of the detector.
        path: of the file that has the graph; None where MXNet made it.
    """
    shapes, this = plan(config), f"{path}: this network" if path else "this network"
    promised = [(1, *shapes.score_shape), (1, *shapes.offset_shape)]
    with not_computable(f"{this} cannot be run at {config.input_size}"):
        given = engine.network.output_shapes((1, 3, *config.input_size))
    if given != promised:
        raise RunError(
            f"{this} gives {listed(map(str, given))} at {config.input_size}, and the detector needs "
            f"{listed(map(str, promised))}"
        )
