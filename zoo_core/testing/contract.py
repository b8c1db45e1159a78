"""What every part promises, whatever its kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from functools import cache, partial
from importlib import metadata
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from zoo_core.common.errors import PluginError
from zoo_core.common.messages import counted, listed
from zoo_core.common.optional_packages import OPTIONAL
from zoo_core.common.tables import from_yaml, to_yaml
from zoo_core.parts.components import Component, ComponentSettings
from zoo_core.parts.description import describe_settings
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.hookspecs import ENTRY_POINT_GROUP, hookimpl
from zoo_core.registry.registry import Registry, default_registry
from zoo_core.testing.comparing import pickled, try_cases
from zoo_core.testing.fresh import imports_of
from zoo_core.testing.variants import changes, variants

__all__ = ["ComponentContract"]

_HEAVY = {"numpy", *OPTIONAL}
"""What `zoo list` must not import."""
_UNKNOWN = "no_such_setting"
_FEW = 2
"""Random cases that a check tries with each of many settings."""


_ALWAYS = ("test_is_registered", "test_is_made_from_its_settings")
"""On these every check of a kind rests."""


@cache
def _registry_of(component: Component) -> Registry:
    registry = Registry()
    registry.register(SimpleNamespace(zoo_components=hookimpl(lambda: [component])), "component")
    return registry


_failed: dict[tuple[type, str], tuple[ComponentSettings, bool]] = {}
"""Whether a check failed, for the settings that a class was last checked with."""


class ComponentContract:
    """The checks of every kind; the contract of a kind adds its own.

    Attributes:
        settings: the settings of the part to check. Several in a list are checked one after the other.
            Where they need something created for the test (files of a data set),
            `settings` is a method with ``@pytest.fixture`` that returns them.
        component: registers the part for these checks alone, when no installed plugin does.
        examples: number of random cases that a check tries. They are the same in every run.
        variants: number of other settings, near to these, with which some of the checks are repeated; 0 for none.
        light_questions: an expression that asks ``settings`` everything that the light half
            of its kind must answer.
    """

    settings: Any = None
    component: ClassVar[Component | None] = None
    examples: ClassVar[int] = 40
    variants: ClassVar[int] = 10
    light_questions: ClassVar[str] = "settings.name"
    rests_on: ClassVar[tuple[str, ...]] = ()
    """Checks of the kind without which its others say nothing: while one fails, those after it are skipped."""
    varied: ClassVar[tuple[str, ...]] = ()
    """Checks of the kind that are repeated with other settings: those that are quick, and hold whatever is set."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give every check the settings of its class: pytest calls this."""
        if self.settings is None:
            name = type(self).__name__
            raise pytest.Collector.CollectError(f"{name} does not say what it checks: settings = MySettings()")
        given = [self.settings] if isinstance(self.settings, ComponentSettings) else self.settings
        if "settings" in metafunc.fixturenames and isinstance(given, Sequence):  # else it is a fixture
            # With this scope pytest runs all checks on the first before it comes to the second.
            metafunc.parametrize("settings", given, ids=[each.name for each in given], scope="class")

    @pytest.fixture(autouse=True)
    def _one_failure_for_one_cause(self, request: pytest.FixtureRequest) -> None:
        """Skip a check of the kind where another fails on which it rests, and tells the cause."""
        check = request.node.originalname
        if hasattr(ComponentContract, check) or "settings" not in request.fixturenames:
            return
        settings = request.getfixturevalue("settings")
        for basis in (*_ALWAYS, *self.rests_on):
            if basis == check:
                return
            if self._fails(basis, settings):
                pytest.skip(f"says nothing while {basis} fails")

    def _fails(self, check: str, settings: ComponentSettings) -> bool:
        key = type(self), check
        if key not in _failed or _failed[key][0] is not settings:
            try:
                getattr(self, check)(settings)
            except Exception:  # noqa: BLE001 -- pytest shows it where the check itself runs
                _failed[key] = settings, True
            else:
                _failed[key] = settings, False
        return _failed[key][1]

    def registry(self) -> Registry:
        """Where the part is registered: with everything installed, or by `component` alone."""
        return default_registry() if self.component is None else _registry_of(self.component)

    def make(self, settings: ComponentSettings) -> Any:
        """The heavy half of the part, newly made."""
        return self.registry().make(settings)

    def block(self, settings: Any) -> Any:
        """The same, told what else parts of its kind are told."""
        return self.make(settings)

    def test_is_registered(self, settings: ComponentSettings) -> None:
        """A plugin provides the part by its kind and its name."""
        registry = self.registry()
        try:
            registry.component_of(settings)
        except PluginError as error:
            aside = listed(f"{plugin} ({plugin.problem})" for plugin in registry.plugins if plugin.problem)
            raise AssertionError(
                f"{error}; install the package whose zoo_components() does (pip install -e .), or say "
                f"component = Component(...) in {type(self).__name__}; plugins that were set aside: {aside}"
            ) from error

    def test_is_made_from_its_settings(self, settings: ComponentSettings) -> None:
        """The target can be imported, takes the settings (and what else its kind is told), and makes a new object."""
        target = self.registry().component_of(settings).target
        if not settings.has_heavy_half:
            assert target is None
            return
        assert self.block(settings) is not self.block(settings), (
            f"{target} returned the same object twice: detectors that use the part would change each other"
        )

    def test_light_half_is_light(self, settings: ComponentSettings) -> None:
        """A fresh Python creates the settings and asks them everything without importing mxnet, numpy or the like."""
        imported = imports_of(settings, self.light_questions, self._plugin_modules(settings))
        heavy = listed(sorted(imported & _HEAVY), none="")
        assert not heavy, (
            f"the light half of {settings.name!r} imports {heavy}, which would delay every zoo command: "
            f"keep {type(settings).__module__} and the module of the plugin to settings, and import the rest in the "
            f"module of the target"
        )

    def test_settings_are_frozen(self, settings: ComponentSettings) -> None:
        """Settings cannot be changed after they were created."""
        for name in type(settings).model_fields:
            value = getattr(settings, name)
            try:
                setattr(settings, name, value)
            except ValidationError:
                continue
            raise AssertionError(f"{name} can be reassigned: keep frozen=True in the model_config of the settings")

    def test_unknown_settings_are_refused(self, settings: ComponentSettings) -> None:
        """An unknown setting, such as a mistyped one, is an error."""
        table = settings.model_dump(mode="json")
        try:
            self._read(settings, {**table, _UNKNOWN: 1})
        except ValueError:
            return
        raise AssertionError('unknown settings are accepted: keep extra="forbid" in the model_config of the settings')

    def test_settings_survive_a_file(self, settings: ComponentSettings) -> None:
        """Written as JSON and as YAML, in the form of a configuration file, the settings are equal when read back."""
        for form, table in {
            "JSON": json.loads(settings.model_dump_json()),
            "YAML": from_yaml(to_yaml(settings.model_dump(mode="json"))),
        }.items():
            back = self._read(settings, table)
            assert back == settings, (
                f"written as {form} and read back the settings differ, so a run could not be repeated: "
                f"{back!r} instead of {settings!r}"
            )

    def test_settings_survive_pickling(self, settings: ComponentSettings) -> None:
        """The settings can be sent to another process and arrive equal."""
        assert pickled(settings, "the settings") == settings, "the settings differ after pickling"

    def test_docstring_says_what_and_whence(self, settings: ComponentSettings) -> None:
        """The docstring of the settings has a first line for `zoo list`, and a line that begins with ``Source:``."""
        component, group = self.registry().component_of(settings), type(settings)
        assert group.__doc__ and component.summary, (
            f"{group.__name__} has no docstring of its own: its first line is what `zoo list` says of {settings.name!r}"
        )
        assert component.source, (
            f"the docstring of {group.__name__} does not name the source of the part: "
            "Source: the paper, or the file of the project"
        )

    def test_every_setting_is_explained(self, settings: ComponentSettings) -> None:
        """Below every setting stands a string that says what it is for: `zoo show` prints it."""
        silent = [line.name for line in describe_settings(type(settings)) if not line.meaning]
        assert not silent, (
            f"{counted(len(silent), 'setting')} of {type(settings).__name__} have no explanation: {listed(silent)}; "
            "write a string below each"
        )

    def test_other_settings_keep_the_promises(self, settings: ComponentSettings) -> None:
        """With other settings that the model allows, near to these, what was promised holds; the simplest are told."""
        few = copy(self)
        few.examples = _FEW  # type: ignore[misc]  # of this copy alone

        def failure_with(some: ComponentSettings) -> tuple[str, Exception] | None:
            for name in ("test_settings_survive_a_file", "test_settings_survive_pickling", *self.varied):
                try:
                    getattr(few, name)(some)
                except Exception as error:  # noqa: BLE001 -- whatever a part does; it is told below
                    return name, error
            return None

        if not self.variants:
            pytest.skip("variants = 0")
        if failure := failure_with(settings):
            pytest.skip(f"says nothing while {failure[0]} fails")

        def check(other: ComponentSettings) -> None:
            if failure := failure_with(other):
                name, error = failure
                raise AssertionError(f"with {changes(settings, other)} {name} fails: {error}") from error

        try_cases(self.variants, check, other=variants(settings, partial(self._read, settings)))

    def _read(self, settings: ComponentSettings, table: dict[str, Any]) -> ComponentSettings:
        """What a configuration makes from the table as which `settings` were written."""
        registry = self.registry()
        return settings_from(registry, settings.kind, {**table, "name": registry.name_of(settings)})

    def _plugin_modules(self, settings: ComponentSettings) -> list[str]:
        """The module that the zoo imports to get the part, when an installed plugin provides it."""
        registry = self.registry()
        plugin = registry.owner_of(registry.component_of(settings))
        if not plugin.distribution:
            return []
        entries = metadata.distribution(plugin.distribution).entry_points
        return [entry.module for entry in entries.select(group=ENTRY_POINT_GROUP, name=plugin.name)]
