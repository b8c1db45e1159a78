"""What is known of GluonCV's classification networks without MXNet.

networks.json holds, of each network, its activations with the windows between them and the
image; generate_networks.py makes it from GluonCV's own graphs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from zoo_core.plugin_api import did_you_mean, listed
from zoo_gluoncv_ssd.shapes import Stage, Window

__all__ = ["networks", "stages_of"]


class _Output(NamedTuple):
    channels: int
    windows: tuple[Window, ...]


@cache
def networks() -> dict[str, dict[str, _Output]]:
    """The outputs of each network by name."""
    import json

    table = json.loads(Path(__file__).with_name("networks.json").read_text(encoding="utf-8"))
    return {network: _outputs(rows) for network, rows in table.items()}


def _outputs(rows: list[dict[str, Any]]) -> dict[str, _Output]:
    return {
        name: _Output(row["channels"], tuple(Window(*each) for each in row["windows"]))
        for row in rows
        for name in row["outputs"]
    }


def stages_of(network: str, outputs: Sequence[str]) -> tuple[Stage, ...]:
    """The way to each of these layers of a network, from the image or from the layer before.

    Raises:
        ValueError: the network or a layer is not known, or a layer comes before the one that precedes it.
    """
    if network not in networks():
        guess = did_you_mean(network, networks(), otherwise=";")
        raise ValueError(f"the shapes of network {network!r} are not known{guess} known are {listed(networks())}")
    known, stages = networks()[network], []
    behind: tuple[Window, ...] = ()
    for name in outputs:
        if name not in known:
            guess = did_you_mean(name, known, otherwise=";")
            raise ValueError(
                f"network {network!r} has no activation {name!r}{guess} the last of each size: {_last(known)}"
            )
        channels, windows = known[name]
        if windows[: len(behind)] != behind:
            raise ValueError(f"{name!r} comes before the output that precedes it: name the finest map first")
        stages.append(Stage(channels, windows[len(behind) :]))
        behind = windows
    return tuple(stages)


def _last(known: dict[str, _Output]) -> str:
    """The last activation of each resolution, with its stride."""
    last = {output.windows: name for name, output in known.items()}
    return listed(f"{name} (stride {Stage(0, windows).stride})" for windows, name in last.items())
