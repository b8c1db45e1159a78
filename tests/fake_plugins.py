"""Fake plugins: in memory, and as folders that look like installed distributions."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from importlib import metadata
from types import SimpleNamespace
from typing import ClassVar, Literal

import pytest
from pydantic import PositiveInt

from zoo_core.common.errors import ConfigError
from zoo_core.config.loading import load_config
from zoo_core.parts.components import (
    AnchorSettings,
    BackboneSettings,
    BoxFormat,
    Component,
    EncoderSettings,
    FeatureMap,
    ImageSize,
    LossSettings,
)
from zoo_core.registry.hookspecs import hookimpl
from zoo_core.registry.registry import Registry


class ToyBackbone(BackboneSettings):
    """Halves the image a few times.

    Source: nobody.
    """

    name: Literal["toy"] = "toy"
    maps: PositiveInt = 2
    """How many feature maps."""

    def feature_maps(self, image):
        return tuple(FeatureMap(8, image.height >> k, image.width >> k, 1 << k) for k in range(1, self.maps + 1))

    def smallest_input(self):
        return ImageSize(1 << self.maps, 1 << self.maps)


class ToyAnchors(AnchorSettings):
    """Some anchors in each cell."""

    name: Literal["toy"] = "toy"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    each: tuple[PositiveInt, ...] = (3, 4)

    def anchors_per_cell(self):
        return self.each


class ToyTargets(EncoderSettings):
    """Matches nothing."""

    name: Literal["toy"] = "toy"
    takes: ClassVar[BoxFormat] = BoxFormat.CORNER_UNIT


class ToyLoss(LossSettings):
    """Always zero."""

    name: Literal["toy"] = "toy"


class ToyPlugin:
    """A plugin of everything that a detector needs."""

    @staticmethod
    @hookimpl
    def zoo_components():
        return [
            Component(ToyBackbone, "toy_heavy:Backbone"),
            Component(ToyAnchors, "toy_heavy:Anchors"),
            Component(ToyTargets, "toy_heavy:Targets"),
            Component(ToyLoss, "toy_heavy:Loss"),
        ]

    @staticmethod
    @hookimpl
    def zoo_detectors():
        parts = dict.fromkeys(("backbone", "anchors", "targets", "loss"), "toy")
        return {"toy_detector": {"summary": "A toy", "classes": ["cat", "dog"], "input_size": 16, **parts}}


@pytest.fixture
def toys():
    """The classes of the toy plugin."""
    return SimpleNamespace(plugin=ToyPlugin, backbone=ToyBackbone, anchors=ToyAnchors, targets=ToyTargets, loss=ToyLoss)


@pytest.fixture
def registry(toys):
    """A registry with the toy plugin alone."""
    made = Registry()
    made.register(toys.plugin, "toys")
    return made


GOOD_PLUGIN = """
    from typing import Literal
    from zoo_core.parts.components import Component, LossSettings
    from zoo_core.registry.hookspecs import hookimpl

    class Settings(LossSettings):
        '''A loss.'''
        name: Literal["{name}"] = "{name}"

    @hookimpl
    def zoo_components():
        return [Component(Settings, "nowhere:Loss")]
"""


@pytest.fixture
def install(tmp_path, monkeypatch) -> Callable[..., None]:
    """Lay a plugin on the path as an installer would: a module, and a dist-info folder beside it."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = set(sys.modules)

    def lay(
        distribution: str, source: str = "", *, entry: str | None = None, loss: str | None = None, requires: str = ""
    ) -> None:
        module = distribution.replace("-", "_") + "_module"
        good = textwrap.dedent(GOOD_PLUGIN.format(name=loss)) if loss else ""
        (tmp_path / f"{module}.py").write_text(good + textwrap.dedent(source), encoding="utf-8")
        info = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        asks = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n{asks}", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(f"[zoo]\n{entry or distribution} = {module}\n", encoding="utf-8")

    yield lay
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def discovered(tmp_path) -> Callable[[], Registry]:
    """A registry of what was laid on the path, and of nothing else."""

    def discover() -> Registry:
        made = Registry()
        made.discover(metadata.distributions(path=[str(tmp_path)]))
        return made

    return discover


@pytest.fixture
def toy(registry):
    """The configuration of `toy_detector`."""
    return load_config("toy_detector", registry=registry)


def problems(source, registry=None, overrides=None) -> list[str]:
    """What is told of a configuration that is refused."""
    with pytest.raises(ConfigError) as caught:
        load_config(source, overrides, registry)
    return [str(problem) for problem in caught.value.problems]
