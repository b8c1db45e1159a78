"""What a plugin must have said of a component."""

from __future__ import annotations

import inspect
import re
import reprlib
from collections.abc import Iterator

from pydantic import BaseModel

from zoo_core.common.errors import PluginError
from zoo_core.common.messages import listed
from zoo_core.parts.components import (
    KINDS,
    AnchorSettings,
    AugmentationSettings,
    BoxFormat,
    Component,
    ComponentSettings,
    HeadSettings,
    LossSettings,
    Normalizer,
    OptimizerSettings,
    Scoring,
    TargetEncoderSettings,
)
from zoo_core.parts.kind_names import with_article

__all__ = ["TARGET", "TARGET_IN_WORDS", "check_component", "refuse_colon"]

TARGET, TARGET_IN_WORDS = r"[\w.]+:\w+", "'package.module:Class'"
"""How a plugin names what is imported when it is needed."""


def check_component(component: Component) -> None:
    """Refuse a component that a plugin made wrongly.

    Raises:
        PluginError: it breaks the contract of its kind; says how.
    """
    settings, kinds = component.settings, tuple(KINDS.values())
    if not (isinstance(settings, type) and issubclass(settings, kinds)):
        bases = listed(base.__name__ for base in kinds)
        raise PluginError(f"Component(settings=...) should be a subclass of {bases}; got {reprlib.repr(settings)}")
    if not issubclass(settings, KINDS.get(settings.kind, ())):
        kind = reprlib.repr(settings.kind)
        raise PluginError(f"{settings.__name__} has the kind {kind}; a subclass must keep the kind of its base")
    _check_setting_names(settings)
    name = settings.model_fields["name"].default
    if not (isinstance(name, str) and name):
        raise PluginError(f"{settings.__name__} has no name; write name: Literal['...'] = '...'")
    refuse_colon(name)
    if inspect.isabstract(settings):
        missing = listed(sorted(f"{method}()" for method in settings.__abstractmethods__))
        raise PluginError(f"{settings.__name__} does not say {missing}")
    for base, attribute in ((AnchorSettings, "gives"), (TargetEncoderSettings, "takes")):
        if issubclass(settings, base) and not isinstance(getattr(settings, attribute, None), BoxFormat):
            raise PluginError(
                f"{settings.__name__} does not say in which box format it works: {attribute} = BoxFormat..."
            )
    if issubclass(settings, OptimizerSettings):
        _check_state_names(settings)
    _check_words(settings)
    _check_target(component, name)


def _check_setting_names(settings: type[ComponentSettings]) -> None:
    """Refuse a setting that hides what its class inherits by the same name, as what the zoo asks of its kind."""
    parents = [each for each in settings.__mro__ if issubclass(each, ComponentSettings)]
    for name in settings.model_fields:
        for parent in reversed(parents):
            said = name in parent.__class_vars__ - ComponentSettings.__class_vars__
            if name in parent.model_fields or not (said or hasattr(parent, name)) or hasattr(BaseModel, name):
                continue
            answer = f", or write {name}: ClassVar[...] = ... if it says that" if said else ""
            raise PluginError(
                f"the setting {name!r} of {settings.__name__} hides {parent.__name__}.{name}: "
                f"give it another name{answer}"
            )


def _check_words(settings: type[ComponentSettings]) -> None:
    """Refuse what a head, an encoder or a loss says of scores and numbers in words that nobody understands."""
    said = {each: getattr(settings, each, None) for each in ("scoring", "codes", "scorings")}
    wrong: list[str] = []
    if issubclass(settings, LossSettings) and not isinstance(said["scoring"], Scoring):
        wrong.append("scoring = Scoring...")
    if issubclass(settings, LossSettings | TargetEncoderSettings):
        is_open = said["codes"] is None and issubclass(settings, LossSettings)
        if not is_open and not (isinstance(said["codes"], str) and said["codes"].strip()):
            wrong.append("codes = '...'")
    wrong += [
        f"{flag} = True or False"
        for base, flag in _FLAGS
        if issubclass(settings, base) and not isinstance(getattr(settings, flag, None), bool)
    ]
    if issubclass(settings, LossSettings):
        wrong += _wrong_normalizers(settings)
    if issubclass(settings, HeadSettings):
        scorings = said["scorings"]
        if not (isinstance(scorings, frozenset) and scorings and all(isinstance(each, Scoring) for each in scorings)):
            wrong.append("scorings = frozenset({Scoring...})")
    if wrong:
        raise PluginError(f"{settings.__name__} should say {listed(wrong)}")


_FLAGS: tuple[tuple[type[ComponentSettings], str], ...] = (
    (LossSettings, "soft"),
    (LossSettings, "weighted"),
    (TargetEncoderSettings, "soft"),
    (AugmentationSettings, "whole_input"),
)
"""What settings of a kind say with True or False."""


def _wrong_normalizers(settings: type[LossSettings]) -> Iterator[str]:
    both = settings.normalizer, settings.box_normalizer
    if not all(each is None or isinstance(each, Normalizer) for each in both):
        yield "normalizer and box_normalizer = Normalizer... or None"
    if settings.normalizer is None and settings.box_normalizer is not None:
        yield "normalizer, as it says box_normalizer"
    if Normalizer.PEAKS in both and not settings.soft:
        yield "soft = True, as it counts peaks"


def _check_state_names(settings: type[OptimizerSettings]) -> None:
    names: object = settings.state_names
    if not isinstance(names, tuple) or not all(isinstance(each, str) and each.isidentifier() for each in names):
        raise PluginError(f"state_names of {settings.__name__} should be a tuple of names; got {reprlib.repr(names)}")


def _check_target(component: Component, name: str) -> None:
    if not component.settings.has_heavy_half:
        if component.target is not None:
            raise PluginError(
                f"{name!r} has the target {reprlib.repr(component.target)}, but nothing is made from "
                f"{with_article(component.kind)}: write Component({component.settings.__name__})"
            )
    elif not (isinstance(component.target, str) and re.fullmatch(TARGET, component.target)):
        target = reprlib.repr(component.target)
        raise PluginError(f"the target of {name!r} should be {TARGET_IN_WORDS}; got {target}")


def refuse_colon(name: str) -> None:
    """Refuse a name that would mean a part of a package.

    Raises:
        PluginError: it does.
    """
    if ":" in name:
        raise PluginError(f"the name {name!r} has a colon, which is reserved for package:name")
