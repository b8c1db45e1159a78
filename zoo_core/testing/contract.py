"""What is promised by every part, whatever its kind."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Sequence
from importlib import metadata
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from zoo_core.components import Component, ComponentSettings
from zoo_core.describing import describe_settings
from zoo_core.extras import OPTIONAL
from zoo_core.hookspecs import ENTRY_POINT_GROUP, hookimpl
from zoo_core.registry import Registry, default_registry, settings_from
from zoo_core.tables import from_yaml, to_yaml
from zoo_core.testing.fresh import imports_of

__all__ = ["ComponentContract"]

_HEAVY = {"numpy", *OPTIONAL}
_UNKNOWN = "no_such_setting"


class ComponentContract:
    """The checks of every kind; a subclass for one kind adds its own.

    Attributes:
        settings: of the part to check; several in a list or tuple are checked one after the
            other. Where they depend on a fixture, `settings` is a pytest fixture that gives one.
        component: stands in for a plugin that registers the part; None when one is installed.
        examples: how many random cases a check tries; they are the same in every run.
        light_questions: Python that asks ``settings`` all that a light half of its kind must answer.
    """

    settings: Any = None
    component: ClassVar[Component | None] = None
    examples: ClassVar[int] = 40
    light_questions: ClassVar[str] = "None"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Hand the settings of the class to each of its checks."""
        if "settings" not in metafunc.fixturenames:
            return
        if self.settings is None:
            raise pytest.Collector.CollectError(
                f"{type(self).__name__} does not say what it checks: settings = MySettings()"
            )
        given = [self.settings] if isinstance(self.settings, ComponentSettings) else self.settings
        if isinstance(given, Sequence):  # else it is a fixture, and pytest knows what to do
            names = [each.name for each in given]
            metafunc.parametrize("settings", given, ids=_ids(names), scope="class")

    # What checks need

    def registry(self) -> Registry:
        """Where the part is registered: with everything installed, or by hand when `component` is given."""
        if self.component is None:
            return default_registry()
        registry = Registry()
        plugin = SimpleNamespace(zoo_components=hookimpl(lambda: [self.component]))
        registry.register(plugin, "component")
        return registry

    def make(self, settings: ComponentSettings) -> Any:
        """The heavy half, made anew."""
        return self.registry().make(settings)

    # Checks

    def test_is_registered(self, settings: ComponentSettings) -> None:
        """A plugin gives the part by its kind and name."""
        registry = self.registry()
        broken = [f"{plugin}: {plugin.problem}" for plugin in registry.plugins if plugin.problem]
        known = registry.components(settings.kind).get(settings.name)
        assert known is not None, (
            f"no plugin gives a {settings.kind} named {settings.name!r}; install yours (pip install -e .), "
            f"or write component = Component(...) in this class. Plugins that were set aside: {broken or 'none'}"
        )
        assert known.settings is type(settings), (
            f"the {settings.kind} named {settings.name!r} that is installed has other settings: {known.settings}"
        )
