"""Training that starts from the weights of another detector, on MXNet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.gluon.weights import arrays_of, class_layers_of, parameters_of, put, read_weights
from zoo_core.engines.params_file import read_params
from zoo_core.engines.transfer import transferred
from zoo_core.engines.transfer_report import TransferReport
from zoo_core.engines.weight_sources import weight_source

__all__ = ["start_from"]


def start_from(network: Any, config: DetectorConfig, given: str) -> TransferReport:
    """Set what fits of a network from a source of weights; everything else stays unchanged.

    Args:
        network: with new weights.
        config: configuration of the network.
        given: as for `weight_source`.

    Raises:
        RunError: the source does not exist, is damaged, or nothing of it fits.
        ConfigError: ``weights.reuse`` or ``weights.classes`` names a class that does not exist.
    """
    source, parameters = weight_source(given), parameters_of(network)
    stored = _arrays(network, source.file)
    changed, report = transferred(arrays_of(parameters), stored, config, source, class_layers_of(network))
    for name, values in changed.items():
        put(parameters[name], values)
    return report


def _arrays(network: Any, file: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file by our names for the parameters of a network, or of the classification network in it."""
    from_classifier = getattr(network.backbone, "from_classifier", None)
    taken = from_classifier(read_params(file)) if from_classifier else None
    if taken is None:
        return read_weights(network, file)
    own = network.backbone._collect_params_with_prefix()  # noqa: SLF001  # gluon has no other way
    return {f"backbone.{name}" if name in own else name: array for name, array in taken.items()}
