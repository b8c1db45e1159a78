"""The file ``network.json`` of a run: what its network and its loss compute, for engines without MXNet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo_core.boxes.protocols import ClassRows
from zoo_core.common.errors import RunError
from zoo_core.common.json_file import read_json
from zoo_core.common.messages import listed, shown
from zoo_core.common.writing import write_text
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.engines.class_growth import ClassGrowth, GrowingWeight, grown
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.weight_arrays import Arrays

__all__ = ["SAMPLE_WEIGHTS", "NetworkFile", "made_for"]

SAMPLE_WEIGHTS = "weights"
"""Input of the graph of a loss in which objects weigh differently, as mixup has it."""
_VERSION = 1
_CLASSES = "number of classes"


@dataclass(frozen=True)
class NetworkFile:
    """What a network and its loss compute, and for which settings.

    Attributes:
        network: images to scores and offsets.
        loss: these and the targets to the class part and the box part of the loss.
        made_for: the settings on which both depend; see the function `made_for`.
        class_rows: how the layers of the head are divided by class; None in files of before, which did not say it.
        growth: how the network follows the number of its classes; None where that is not known.
        fixed: names of weights that no training changes, beside running statistics.
        rates: by how much the learning rate of a weight is multiplied, by name, where that is not 1.
        others: further names in files of weights: those of weights that several blocks share, with their names in the
            graph, and of weights that nothing reads, with None.
        loss_weights: an array for each weight of the loss, by name; they stay as they are.
    """

    network: NetworkGraph
    loss: NetworkGraph
    made_for: Mapping[str, Any]
    class_rows: Mapping[str, ClassRows] | None = None
    growth: ClassGrowth | None = None
    fixed: frozenset[str] = frozenset()
    rates: Mapping[str, float] = field(default_factory=dict)
    others: Mapping[str, str | None] = field(default_factory=dict)
    loss_weights: Arrays = field(default_factory=dict)

    @property
    def stored(self) -> tuple[str, ...]:
        """Names of all weights in files."""
        return (*dict.fromkeys(self.network.weights), *self.others)

    @property
    def trained(self) -> set[str]:
        """Names of the weights that training changes where nothing is frozen."""
        return self.network.trained - self.fixed

    @property
    def growing(self) -> Mapping[str, GrowingWeight]:
        """Weights whose shape depends on the number of classes, by name; none where that is not known."""
        return self.growth.weights if self.growth else {}

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
            "class_rows": self.class_rows,
            "growth": self.growth and self.growth.to_dict(),
            "fixed": sorted(self.fixed),
            "rates": dict(self.rates),
            "others": dict(self.others),
            "loss_weights": {name: each.tolist() for name, each in self.loss_weights.items()},
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
            made, rows, written = dict(content["made_for"]), content.get("class_rows"), content.get("growth")
            made[_CLASSES] = int(made[_CLASSES])
            class_rows = None if rows is None else {layer: ClassRows(*each) for layer, each in rows.items()}
            growth = None if written is None else ClassGrowth.from_dict(written)
            if growth:
                grown(network, growth.network, made[_CLASSES])  # steps of another graph are damage
            fixed = frozenset(map(str, content.get("fixed", ())))
            rates = {name: float(rate) for name, rate in content.get("rates", {}).items()}
            others = dict(content.get("others", {}))
            if strange := [each for each in others.values() if each is not None and each not in {*network.weights}]:
                raise ValueError(f"there is no weight {strange[0]!r}")  # noqa: TRY301  # told as all damage is
            loss_weights = {name: np.array(each, np.float32) for name, each in content.get("loss_weights", {}).items()}
            return cls(network, loss, made, class_rows, growth, fixed, rates, others, loss_weights)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise RunError(f"{path}: damaged, or not the graph of a network: {error!r}") from None
        except RunError as error:
            raise RunError(f"{path}: {error}") from None

    def fitted(self, config: DetectorConfig, path: Path) -> NetworkFile:
        """The same for the number of classes of a configuration.

        Args:
            config: of a detector that is the same but for its classes and its input size.
            path: of this file, for messages.

        Raises:
            RunError: the graphs were made for other settings; says which, and what to do.
        """
        wanted, changed = made_for(config), config.model_dump(mode="json", exclude_defaults=True)
        different = [
            name
            for name in wanted
            if name != _CLASSES and not _fits(self.made_for.get(name), wanted[name], changed.get(name))
        ]
        if config.training.mixup and SAMPLE_WEIGHTS not in self.loss.inputs:
            different.append("training.mixup")
        if different:
            raise RunError(f"{path}: was made for another {listed(different)}; {_ANEW}")
        more = wanted[_CLASSES] - self.made_for[_CLASSES]
        if not more:
            return self
        if self.growth is None:
            raise RunError(
                f"{path}: was made for another {_CLASSES}; "
                + (f"zoo convert {path.parent}, {_WITH_MXNET}, writes it for any" if self.class_rows is None else _ANEW)
            )
        network = grown(self.network, self.growth.network, more)
        return replace(self, network=network, made_for=wanted, growth=self.growth.with_more(more))

    def require_classes_known(self, path: Path) -> None:
        """Refuse a file that does not say which weights belong to which class.

        Raises:
            RunError: it is one of before; says what to do.
        """
        if self.class_rows is None:
            raise RunError(
                f"{path}: does not say which weights belong to which class; zoo convert {path.parent}, "
                f"{_WITH_MXNET}, writes it so that other classes can be learned"
            )


_WITH_MXNET = "where MXNet is installed"
_ANEW = (
    f"{_WITH_MXNET}, the network is made anew from the configuration: pip install 'zoo-core[mxnet]' on Python 3.11 or "
    "3.12"
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
        raise RunError(f"is of version {shown(version)}, and this zoo reads {_VERSION}: update the zoo")


def made_for(config: DetectorConfig) -> dict[str, Any]:
    """The settings of a detector on which the graphs of its network and its loss depend."""
    settings = config.model_dump(mode="json")
    return {
        "backbone": settings["backbone"],
        "neck": settings["neck"],
        "head": settings["head"],
        "loss": settings["loss"],
        _CLASSES: len(config.classes),
        "anchors of a cell": list(plan(config).anchors_per_cell),
    }
