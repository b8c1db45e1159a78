"""The network of a detector, whatever runs it, as what a file is written from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from numpy.typing import NDArray

from zoo_core.common.errors import ExportError, PluginError
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.onnx.folding import fold_batch_norms
from zoo_core.engines.onnx.network import network_in_onnx
from zoo_core.engines.onnx.resizing import pictures_of
from zoo_core.engines.weight_arrays import require_usable
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detector import Detector

__all__ = ["exported_network"]


class _WithNetwork(Protocol):
    """What each engine of the zoo has for exporting."""

    def network_graph(self) -> NetworkGraph: ...

    def arrays(self) -> Mapping[str, NDArray[Any]]: ...


def exported_network(detector: Detector, picture: ImageSize | None = None) -> Any:
    """The network of a detector as an `onnx.GraphProto`, with batch norms drawn into convolutions.

    Its one input is (B, 3, H, W) normalised, its outputs are class scores (B, N, S) before softmax or sigmoid, and
    offsets (B, N, 4). The batch is left open.

    Args:
        detector: on any engine.
        picture: the size of all pictures that the file takes; None for pictures of every size.

    Raises:
        ExportError: it cannot be written, says which operator and where; or no file can take such pictures.
        RunError: some weights are not finite, or variances are negative; says of which layers.
    """
    source, size = cast("_WithNetwork", detector.engine), pictures_of(detector.config, picture).network
    weights = source.arrays()
    require_usable(weights)
    graph = _traced(source)
    network = network_in_onnx(graph, weights, dict.fromkeys(graph.inputs, ("batch", 3, *size)))
    fold_batch_norms(network)
    return network


def _traced(engine: _WithNetwork) -> NetworkGraph:
    try:
        return engine.network_graph()
    except PluginError as error:
        raise ExportError(f"this network cannot be written as ONNX: {error}") from error
