"""A setting that hides what the zoo asks of all settings of its kind is refused, whatever it is."""

from __future__ import annotations

import re
import warnings
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel

from zoo_core.common.errors import PluginError
from zoo_core.data.annotated_settings import AnnotatedSettings
from zoo_core.parts.components import KINDS, Component, ComponentSettings
from zoo_core.registry.component_checks import check_component

ASKED = {
    kind: {name for name in {*dir(base), *base.__class_vars__} if name[0] != "_" and not hasattr(BaseModel, name)}
    for kind, base in KINDS.items()
}
"""What is asked of the settings of each kind, by name."""
SAID = {each for base in KINDS.values() for each in base.__class_vars__} - ComponentSettings.__class_vars__
"""What settings say of themselves without being set."""


def with_setting(base: type[ComponentSettings], name: str, annotation: Any = int) -> type[ComponentSettings]:
    content = {"__module__": __name__, "__annotations__": {"name": Literal["mine"], name: annotation}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic warns of most
        return type(base)("Mine", (base,), {**content, "name": "mine", name: 1})


def test_some_names_are_asked_of_each_kind():
    assert all(names >= {"kind", "has_heavy_half", "about_unknown"} for names in ASKED.values())
    assert ASKED["loss"] >= {"scoring", "codes", "soft", "weighted", "normalizer", "box_normalizer", "normalizers"}
    assert {"takes", "codes", "threshold"} <= ASKED["targets"]
    assert {"feature_maps", "incompatibility"} <= ASKED["neck"]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in ASKED.items() for name in sorted(names)])
def test_a_setting_that_hides_it_is_refused(kind, name):
    component = Component(with_setting(KINDS[kind], name), "a:B" if KINDS[kind].has_heavy_half else None)
    with pytest.raises(PluginError, match=rf"^the setting '{name}' of Mine hides \w+\.{name}: give it") as refused:
        check_component(component)
    told = f"give it another name, or write {name}: ClassVar[...] = ... if it says that"
    assert (told in str(refused.value)) == (name in SAID)


def test_what_a_parent_between_them_says_is_hidden_likewise():
    says = f"the setting 'kind_of_file' of Mine hides {AnnotatedSettings.__name__}.kind_of_file"

    class Between(AnnotatedSettings):
        kind_of_file: ClassVar[str] = "text"

    with pytest.raises(PluginError, match=re.escape(says.replace("AnnotatedSettings", "Between"))):
        check_component(Component(with_setting(Between, "kind_of_file"), "a:B"))


def test_settings_of_a_parent_may_be_set_otherwise():
    check_component(Component(with_setting(AnnotatedSettings, "root", str), "a:B"))
    check_component(Component(with_setting(KINDS["logger"], "codes"), "a:B"))  # of another kind
