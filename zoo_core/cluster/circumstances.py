"""What has to be the same on every node for equal bits, and how it differs."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from zoo_core.boxes.protocols import Dataset
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.provenance import versions_of
from zoo_core.training.data_state import data_state

__all__ = ["Circumstances", "asks_for_token", "processor"]


@dataclass(frozen=True)
class Circumstances:
    """Versions and data of a process.

    Attributes:
        node: the address of its machine.
        versions: by name, dotted for the parts of the detector.
        processor: its model.
        images: in the training split.
        digest: of their names and objects; None where the data set has none.
        asks_for_token: whether Ray lets in those alone who have the token of the cluster.
    """

    node: str
    versions: Mapping[str, str]
    processor: str
    images: int
    digest: str | None
    asks_for_token: bool

    @classmethod
    def here(cls, config: DetectorConfig, train_set: Dataset) -> Circumstances:
        """Those of this process."""
        data = data_state(train_set=train_set)["train_set"]
        versions = {**_flat(versions_of(config)), "ray": ray.__version__}
        return cls(
            ray.util.get_node_ip_address(), versions, processor(), data["images"], data["digest"], asks_for_token()
        )

    def differences(self, command: Circumstances) -> Iterator[str]:
        """What differs from where the command was given, in words."""
        for name in {**command.versions, **self.versions}:
            there, here = self.versions.get(name, "none"), command.versions.get(name, "none")
            if there != here:
                yield f"{name} is {there}, and {here} where the command was given"
        if command.asks_for_token and not self.asks_for_token:
            yield "Ray was started without a token, so that anybody can run programs there"
        if self.images != command.images:
            yield f"the training split has {self.images} images, and {command.images} where the command was given"
        elif self.digest != command.digest:
            yield "the images of the training split have other names or objects than where the command was given"


def asks_for_token() -> bool:
    """Whether Ray works with a token in this process."""
    return os.environ.get("RAY_AUTH_MODE") == "token"


def _flat(versions: Mapping[str, Any]) -> dict[str, str]:
    parts = versions["parts"]
    return {
        **{name: str(value) for name, value in versions.items() if name != "parts"},
        **{part["distribution"]: str(part["version"]) for part in parts.values()},
    }


def processor() -> str:
    """The model of the processor here."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())
