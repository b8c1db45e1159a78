"""A network that workers cannot make by themselves, as the files of a run have it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from zoo_core.config.detector import DetectorConfig
from zoo_core.config.engines import has_mxnet
from zoo_core.config.run_folder import RunFolder
from zoo_core.engines.opening import new_detector
from zoo_core.prediction.detector import Detector

__all__ = ["NetworkCopy", "detector_from", "network_copy"]

NetworkCopy = Mapping[str, bytes]
"""Contents of files by name; empty where workers make the network from its settings."""


def network_copy(detector: Detector) -> NetworkCopy:
    """What workers need in place of MXNet, which makes networks.

    Raises:
        OSError: there is no room for the files.
        RunError: weights are not finite.
    """
    if has_mxnet():
        return {}
    with tempfile.TemporaryDirectory(prefix="zoo-") as name:
        run = RunFolder(Path(name), detector.config)
        detector.engine.graphs().write(run.network)
        detector.engine.save(run.weights)
        return {each.name: each.read_bytes() for each in (run.network, run.weights)}


def detector_from(config: DetectorConfig, network: NetworkCopy) -> Detector:
    """A detector with some weights, for a learner that sets all of them.

    Args:
        config: of the detector.
        network: what `network_copy` gave for it where the command runs.

    Raises:
        ZooError: as `new_detector`.
    """
    if not network:
        return new_detector(config)
    with tempfile.TemporaryDirectory(prefix="zoo-") as name:
        for file, content in network.items():
            Path(name, file).write_bytes(content)
        return new_detector(config, RunFolder(Path(name), config).weights)
