"""What a component says of itself."""

from __future__ import annotations

from typing import Literal

import pytest

from zoo_core.parts.components import KINDS, Component, LossSettings
from zoo_core.registry.registry import default_registry

COMPONENTS = [component for kind in KINDS for component in default_registry().components(kind).values()]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: f"{component.kind}-{component.name}")
def test_every_component_has_a_summary_and_a_source(component):
    assert component.summary.endswith(".")
    assert len(component.summary) <= 110
    assert component.source


def test_reads_summary_and_source_from_the_docstring():
    class Described(LossSettings):
        """One line.

        More lines.

        Source: Somebody, Something, 1999,
        page 3.

        Not the source any more.
        """

        name: Literal["described"] = "described"

    component = Component(Described, "a:B")
    assert component.summary == "One line."
    assert component.source == "Somebody, Something, 1999, page 3."
    assert (component.kind, component.name) == ("loss", "described")


def test_nothing_is_said_where_nothing_stands():
    class Silent(LossSettings):
        name: Literal["silent"] = "silent"

    assert Component(Silent, "a:B").source is None
