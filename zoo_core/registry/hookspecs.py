"""The hooks by which a plugin adds to the zoo.

A plugin is a module that implements them, named in the entry-point group ``zoo`` of its
distribution::

    [project.entry-points.zoo]
    my_plugin = "my_plugin.plugin"

The module is imported by every command, so it holds settings only and imports no mxnet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pluggy

from zoo_core.parts.commands import Command
from zoo_core.parts.components import Component
from zoo_core.parts.foreign_weights import ForeignWeights

__all__ = [
    "ENTRY_POINT_GROUP",
    "hookimpl",
    "hookspec",
    "zoo_commands",
    "zoo_components",
    "zoo_detectors",
    "zoo_training_events",
    "zoo_weights",
]

ENTRY_POINT_GROUP = "zoo"

hookspec = pluggy.HookspecMarker("zoo")
hookimpl = pluggy.HookimplMarker("zoo")
"""Marks the functions of a plugin that implement a hook."""


@hookspec
def zoo_components() -> Iterable[Component]:  # type: ignore[empty-body]  # a specification
    """The parts of the plugin, of any of the kinds in `zoo_core.parts.components.KINDS`."""


@hookspec
def zoo_detectors() -> Mapping[str, Mapping[str, Any]]:  # type: ignore[empty-body]  # a specification
    """Detectors by name, each a configuration in the form of a configuration file."""


@hookspec
def zoo_weights() -> Iterable[ForeignWeights]:  # type: ignore[empty-body]  # a specification
    """Weights of other libraries that the plugin can read, or fetch by their names."""


@hookspec
def zoo_training_events() -> Iterable[str]:  # type: ignore[empty-body]  # a specification
    """Who is told what happens in every training, each as ``"package.module:Class"``.

    The class derives from `zoo_core.plugin_api.TrainingWatcher` and is made without arguments, once for each training.
    """


@hookspec
def zoo_commands() -> Iterable[Command]:  # type: ignore[empty-body]  # a specification
    """Commands that the plugin adds to ``zoo``."""
