"""The file ``network.json`` of a run: what its network and its loss compute, for engines without MXNet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo_core.common.errors import RunError
from zoo_core.common.json_file import read_json
from zoo_core.common.messages import listed
from zoo_core.common.writing import write_text
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.engines.network_graph import NetworkGraph

__all__ = ["NETWORK_FILE", "NetworkFile", "made_for"]

NETWORK_FILE = "network.json"
_VERSION = 1


@dataclass(frozen=True)
class NetworkFile:
    """What a network and its loss compute, and for which settings.

    Attributes:
        network: images to scores and offsets.
        loss: these and the targets to the class part and the box part of the loss.
        made_for: the settings on which both depend; see the function `made_for`.
    """

    network: NetworkGraph
    loss: NetworkGraph
    made_for: Mapping[str, Any]

    def write(self, path: Path) -> None:
        """Write it as JSON, all or nothing.

        Raises:
            OSError: it cannot be written.
        """
        content = {
            "version": _VERSION,
            "made_for": dict(self.made_for),
            "network": self.network.to_dict(),
            "loss": self.loss.to_dict(),
        }
        write_text(path, json.dumps(content) + "\n")

    @classmethod
    def read(cls, path: Path) -> NetworkFile:
        """What `write` wrote.

        Raises:
            RunError: there is no such file, or it is damaged.
        """
        content = read_json(path, RunError)
        try:
            _require_version(content["version"])
            network, loss = (NetworkGraph.from_dict(content[name]) for name in ("network", "loss"))
            return cls(network, loss, dict(content["made_for"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{path}: damaged, or not the graph of a network: {error!r}") from None
        except RunError as error:
            raise RunError(f"{path}: {error}") from None

    def require_fitting(self, config: DetectorConfig, path: Path) -> None:
        """Refuse graphs that were made for other settings.

        Raises:
            RunError: they were; says for which, and what to do.
        """
        wanted, changed = made_for(config), config.model_dump(mode="json", exclude_defaults=True)
        different = [name for name in wanted if not _fits(self.made_for.get(name), wanted[name], changed.get(name))]
        if different:
            raise RunError(
                f"{path}: was made for another {listed(different)}; where MXNet is installed, the network is made anew "
                "from the configuration: pip install 'zoo-core[mxnet]' on Python 3.11 or 3.12"
            )


def _fits(stored: Any, wanted: Any, changed: Any) -> bool:
    """Whether a file was made for these settings; those that are younger than the file had their defaults then.

    Args:
        stored: for which it was made.
        wanted: what is wanted.
        changed: what of that is not the default.
    """
    if not isinstance(stored, dict) or not isinstance(wanted, dict):
        return bool(stored == wanted)
    younger = wanted.keys() - stored.keys()
    return {**stored, **{name: wanted[name] for name in younger}} == wanted and younger.isdisjoint(changed or {})


def _require_version(version: object) -> None:
    if version != _VERSION:
        raise RunError(f"is of version {version}, and this zoo reads {_VERSION}: update the zoo")


def made_for(config: DetectorConfig) -> dict[str, Any]:
    """The settings of a detector on which the graphs of its network and its loss depend."""
    settings = config.model_dump(mode="json")
    return {
        "backbone": settings["backbone"],
        "neck": settings["neck"],
        "head": settings["head"],
        "loss": settings["loss"],
        "number of classes": len(config.classes),
        "anchors of a cell": list(plan(config).anchors_per_cell),
    }
