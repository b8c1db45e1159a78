"""A network that workers cannot make by themselves, as the files of a run have it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from zoo_core.config.detector import DetectorConfig
from zoo_core.config.engines import has_mxnet
from zoo_core.engines.network_file import NETWORK_FILE
from zoo_core.engines.opening import new_detector
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.engine import Engine

__all__ = ["NetworkCopy", "detector_from", "network_copy"]

NetworkCopy = Mapping[str, bytes]
"""Contents of files by name; empty where workers make the network from its settings."""
_WEIGHTS = "weights.params"


def network_copy(engine: Engine) -> NetworkCopy:
    """What workers need in place of MXNet, which makes networks.

    Raises:
        OSError: there is no room for the files.
        RunError: weights are not finite.
    """
    if has_mxnet():
        return {}
    with tempfile.TemporaryDirectory(prefix="zoo-") as name:
        folder = Path(name)
        engine.graphs().write(folder / NETWORK_FILE)
        engine.save(folder / _WEIGHTS)
        return {each.name: each.read_bytes() for each in folder.iterdir()}


def detector_from(config: DetectorConfig, network: NetworkCopy) -> Detector:
    """A detector with some weights, for a learner that sets all of them.

    Args:
        config: of the detector.
        network: what `network_copy` gave where the command runs.

    Raises:
        ZooError: as `new_detector`.
    """
    if not network:
        return new_detector(config)
    with tempfile.TemporaryDirectory(prefix="zoo-") as name:
        for file, content in network.items():
            Path(name, file).write_bytes(content)
        return new_detector(config, Path(name, _WEIGHTS))
