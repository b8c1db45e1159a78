"""What has to be the same on every node for equal bits, and how it differs."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ray

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.optional_packages import version_of
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.provenance import versions_of
from zoo_core.training.data_state import data_state

__all__ = ["Circumstances", "asks_for_token", "flat_versions", "processor"]


@dataclass(frozen=True)
class Circumstances:
    """Versions and data of a process.

    Attributes:
        node: the address of its machine.
        versions: by name, dotted for the parts of the detector.
        processor: its model.
        images: of the data.
        digest: of their names and objects, or sizes; None where the data set has none.
        asks_for_token: whether Ray lets in those alone who have the token of the cluster.
        data: what messages call it.
    """

    node: str
    versions: Mapping[str, str]
    processor: str
    images: int
    digest: str | None
    asks_for_token: bool
    data: str = "training split"

    @classmethod
    def here(cls, versions: Mapping[str, str], data: str, images: int, digest: str | None) -> Circumstances:
        """Those of this process."""
        versions = {**versions, "ray": ray.__version__, "opencv": str(version_of("cv2"))}
        return cls(ray.util.get_node_ip_address(), versions, processor(), images, digest, asks_for_token(), data)

    @classmethod
    def of_split(cls, versions: Mapping[str, str], split: str, images: Dataset) -> Circumstances:
        """Those of this process, whose data is a split of a data set."""
        state = data_state(split=images)["split"]
        return cls.here(versions, f"{split} split", state["images"], state["digest"])

    def differences(self, command: Circumstances) -> Iterator[str]:
        """What differs from where the command was given, in words."""
        for name in {**command.versions, **self.versions}:
            there, here = self.versions.get(name, "none"), command.versions.get(name, "none")
            if there != here:
                yield f"{name} is {there}, and {here} where the command was given"
        if command.asks_for_token and not self.asks_for_token:
            yield "Ray was started without a token, so that anybody can run programs there"
        if self.images != command.images:
            yield f"the {self.data} has {self.images} images, and {command.images} where the command was given"
        elif self.digest != command.digest:
            yield f"the images of the {self.data} have other names or {self._what} than where the command was given"

    @property
    def _what(self) -> str:
        return "objects" if self.data.endswith("split") else "sizes"


def asks_for_token() -> bool:
    """Whether Ray works with a token in this process."""
    return os.environ.get("RAY_AUTH_MODE") == "token"


def flat_versions(config: DetectorConfig, *, trains: bool = False) -> dict[str, str]:
    """The versions of all that makes a detector, by distribution.

    Args:
        config: of the detector.
        trains: whether parts that only training uses count, too; loggers never do, for workers have none.
    """
    versions = versions_of(config)
    left_out = "training.loggers" if trains else "training."
    parts = [part for place, part in versions.pop("parts").items() if not place.startswith(left_out)]
    return {
        **{name: str(value) for name, value in versions.items()},
        **{part["distribution"]: str(part["version"]) for part in parts},
    }


def processor() -> str:
    """The model of the processor here."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())
