"""The model with which workers find objects: how it is opened, and whether it is the same everywhere."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from zoo_core.cluster.circumstances import flat_versions
from zoo_core.cluster.room import gpus_for
from zoo_core.common.files import as_path
from zoo_core.common.optional_packages import version_of
from zoo_core.common.versions import core_version, installed_version
from zoo_core.config.run_folder import NETWORK_FILE
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.engines.opening import described, load
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.views import ViewOptions

__all__ = ["Model", "gpus_of"]


@dataclass(frozen=True)
class Model:
    """A detector as a command names it; the arguments are those of `zoo_core.load`."""

    path: str
    overrides: tuple[str, ...] = ()
    config: str | None = None
    engine: str | None = None
    device: str | None = None
    precision: str | None = None
    threads: int | None = None

    def open(self) -> Detector | ExportedDetector:
        """The detector.

        Raises:
            ZooError: as `zoo_core.load`.
        """
        return load(
            self.path,
            list(self.overrides) or None,
            self.config,
            engine=self.engine,
            device=self.device,
            precision=self.precision,
            threads=self.threads,
        )

    def settings(self, views: ViewOptions) -> dict[str, Any]:
        """What computes it, where, in which precision, and how it looks at pictures; as JSON has it."""
        how = {"engine": self.engine, "device": self.device, "precision": self.precision}
        return how | ({"views": dict(views)} if views else {})

    def versions(self, detector: Detector | ExportedDetector) -> dict[str, str]:
        """Versions of all that computes, and digests of the files of the model."""
        if isinstance(detector, ExportedDetector):
            engine = detector.execution.engine
            versions = {
                "python": platform.python_version(),
                "zoo-core": core_version(),
                "numpy": str(installed_version("numpy")),
                engine: str(version_of(engine)),
            }
            return versions | dict(_digests([as_path(self.path)]))
        weights = described(self.path, list(self.overrides) or None, self.config)[1]
        settings = sha256(json.dumps(detector.config.model_dump(mode="json")).encode()).hexdigest()
        files = [weights, weights.with_name(NETWORK_FILE)]
        return flat_versions(detector.config) | dict(_digests(files)) | {"digest of the settings": settings[:16]}


def _digests(files: list[Path]) -> Iterator[tuple[str, str]]:
    for each in files:
        if each.is_file():
            with each.open("rb") as file:
                yield f"digest of {each}", file_digest(file, "sha256").hexdigest()[:16]


def gpus_of(detector: Detector | ExportedDetector) -> int:
    """How many GPUs a worker takes that computes it; raises as `gpus_for`."""
    if isinstance(detector, ExportedDetector):
        return int(detector.execution.device != "cpu")
    return gpus_for(detector.config.device)
