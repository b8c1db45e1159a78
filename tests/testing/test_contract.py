"""Every check that a part of any kind must pass catches a part that breaks it."""

from __future__ import annotations

import sys
import textwrap
from typing import Annotated, Any

import pytest
from pydantic import ConfigDict, PlainSerializer, PrivateAttr

from zoo_core.testing import ComponentContract
from zoo_tinyssd.encoder import MultiBoxEncoder
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings

ONE_FOR_ALL = MultiBoxEncoder(MultiBoxEncoderSettings())


class Changeable(MultiBoxEncoderSettings):
    model_config = ConfigDict(frozen=False)


class Careless(MultiBoxEncoderSettings):
    model_config = ConfigDict(extra="ignore")


class Forgetful(MultiBoxEncoderSettings):
    iou: Annotated[float, PlainSerializer(round)] = 0.5


class Unpicklable(MultiBoxEncoderSettings):
    _rule: Any = PrivateAttr(default_factory=lambda: lambda overlap: overlap > 0.5)


class Silent(MultiBoxEncoderSettings):
    margin: float = 0.1


class WithoutDocstring(MultiBoxEncoderSettings):
    pass


class WithoutSource(MultiBoxEncoderSettings):
    """An encoder that nobody has written down."""


MUTANTS = [
    (
        "test_is_made_from_its_settings",
        "returned the same object twice",
        MultiBoxEncoderSettings(),
        lambda settings: ONE_FOR_ALL,  # noqa: ARG005
    ),
    ("test_settings_are_frozen", "name can be reassigned: keep frozen=True", Changeable(), MultiBoxEncoder),
    ("test_unknown_settings_are_refused", 'keep extra="forbid"', Careless(), MultiBoxEncoder),
    ("test_settings_survive_a_file", "written as JSON and read back", Forgetful(), MultiBoxEncoder),
    ("test_settings_survive_pickling", "the settings cannot be pickled", Unpicklable(), MultiBoxEncoder),
    ("test_docstring_says_what_and_whence", "no docstring of its own", WithoutDocstring(), MultiBoxEncoder),
    ("test_docstring_says_what_and_whence", "Source: the paper", WithoutSource(), MultiBoxEncoder),
    ("test_every_setting_is_explained", "have no explanation: margin; write a string", Silent(), MultiBoxEncoder),
]


@pytest.mark.parametrize(("check", "says", "settings", "made"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_broken_part_is_caught(caught, check, says, settings, made):
    caught(ComponentContract, check, settings, made, says)


def test_is_registered_catches_a_part_that_no_plugin_gives():
    """Though one of its name is installed."""
    with pytest.raises(AssertionError, match=r"Silent is not registered: .*; install the package .* set aside: none"):
        type("TestUnregistered", (ComponentContract,), {"settings": Silent()})().test_is_registered(Silent())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("import numpy", "the light half of 'multibox' imports numpy, which would delay every zoo command"),
        ("import nowhere", "cannot be used in a fresh Python: ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_light_half_is_light_catches_imports(caught, tmp_path, monkeypatch, line, says):
    """As a stranger would write it: the import stands in the answer to a question, not at the top."""
    (tmp_path / "heavy_half.py").write_text(
        textwrap.dedent(f"""
        from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings

        class Heavy(MultiBoxEncoderSettings):
            @property
            def answer(self):
                {line}
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    from heavy_half import Heavy

    class AsksForAnAnswer(ComponentContract):
        light_questions = "settings.answer"

    caught(AsksForAnAnswer, "test_light_half_is_light", Heavy(), MultiBoxEncoder, says)
    del sys.modules["heavy_half"]


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(ComponentContract) == {
        "test_is_registered",
        "test_light_half_is_light",
        "test_other_settings_keep_the_promises",  # test_variants.py
        *(check for check, *_ in MUTANTS),
    }
