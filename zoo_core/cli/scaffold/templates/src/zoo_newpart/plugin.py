"""What the plugin gives to the zoo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoo_core import Component, hookimpl

from zoo_newpart.settings import NewpartSettings

__all__ = ["zoo_components", "zoo_detectors"]


@hookimpl
def zoo_components() -> Iterable[Component]:
    """The parts: settings, and the class that is made from them."""
    return [
        Component(
            settings=NewpartSettings,
            target="zoo_newpart.newmodule:Newpart",
        ),
    ]


@hookimpl
def zoo_detectors() -> Mapping[str, Mapping[str, Any]]:
    """A detector to try it with, in the form of a configuration file."""
    return {
        "newdetector": {
            "summary": "TinySSD with the newkind newpart",
            "classes": ["circle", "square", "triangle"],
            "input_size": "128x128",
            "backbone": "tinyssd",
            "anchors": "multibox_prior",
            "targets": "multibox",
            "loss": "multibox",
            "data": "shapes",
        },
    }
