"""Whether the settings that a search space names exist, and can have the values that are tried."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model
from pydantic.fields import FieldInfo

from zoo_core.common.errors import Problem, UnknownNameError
from zoo_core.common.messages import did_you_mean, listed
from zoo_core.config.search import SEARCH, SearchRange, SearchSpace
from zoo_core.parts.components import KINDS
from zoo_core.parts.settings import Settings, problems_of
from zoo_core.registry.registry import Registry

__all__ = ["models_of", "problems_of_search"]

_COMPARED_BY = ("classes", "data")
"""What trials have to share, for their scores to be comparable."""
_NOT_SEARCHED = (SEARCH, "summary")


class _Group(NamedTuple):
    """A table of settings that there can be at a path.

    Attributes:
        model: its class.
        table: what the configuration says there.
    """

    model: type[BaseModel]
    table: Mapping[Any, Any]


def problems_of_search(config: type[Settings], source: object, registry: Registry) -> Iterator[Problem]:
    """What is wrong with the paths and values of a search space, as far as each can be judged by itself.

    Args:
        config: the class of the configuration.
        source: what the configuration is made of.
        registry: that knows the parts.
    """
    table = source if isinstance(source, Mapping) else dict(source) if isinstance(source, BaseModel) else {}
    if not table.get(SEARCH):  # as in most configurations, which need not wait for what validates it
        return
    try:
        space = _validator().validate_python(table[SEARCH])
    except ValidationError:  # told as a fault of the setting itself
        return
    paths = _Paths(_Group(config, table), space, registry)
    for path, tried in space.items():
        yield from (each._replace(place=f"{SEARCH}.{each.place}") for each in paths.problems(path, tried))


class _Paths:
    """The settings of a configuration by their paths, with all parts that there can be."""

    def __init__(self, root: _Group, space: Mapping[str, SearchRange], registry: Registry) -> None:
        self._root, self._space, self._registry = root, space, registry

    def problems(self, path: str, tried: SearchRange) -> Iterator[Problem]:
        """What is wrong with what is tried at a path."""
        if (first := path.partition(".")[0]) in (*_COMPARED_BY, *_NOT_SEARCHED):
            reason = ": the scores of trials could not be compared" if first in _COMPARED_BY else ""
            yield Problem(path, f"{first} cannot be searched{reason}")
            return
        groups = [self._root]
        *around, name = path.split(".")
        for depth, step in enumerate(around):
            inside = [each for group in groups for each in self._inside(group, step, ".".join(around[: depth + 1]))]
            if not inside:
                if message := self._nothing_inside(groups, step, around[:depth]):
                    yield Problem(path, message)
                return
            groups = inside
        with_it = [group for group in groups if name in group.model.model_fields]
        if not with_it:
            yield Problem(path, self._unknown(groups, name, around))
            return
        kinds = [kind for kind, base in KINDS.items() if issubclass(with_it[0].model, base)]
        if name == "name" and kinds:
            faults = list(self._name_faults(kinds[0], tried))
        else:
            faults = min((list(self._faults(group.model, name, tried)) for group in with_it), key=len)
        yield from (each._replace(place=f"{path}.{each.place}") for each in faults)

    def _inside(self, group: _Group, step: str, path: str) -> Iterator[_Group]:
        """The tables that there can be for a setting of a group."""
        field = group.model.model_fields.get(step)
        if field is None:
            return
        said = group.table.get(step)
        if kind := _kind_of(group, step):
            yield from (_Group(each, _as_table(said)) for each in self._parts(kind, [said, field.default], path))
        else:
            yield from (_Group(each, _as_table(said)) for each in models_of(field))

    def _parts(self, kind: str, said: Iterable[object], path: str) -> list[type[BaseModel]]:
        """The settings of the parts that there can be at a path: the configuration's, and those that are tried."""
        tried = [self._space[each].choice or () for each in (path, f"{path}.name") if each in self._space]
        found = dict.fromkeys(self._named(kind, each) for each in (*said, *(value for some in tried for value in some)))
        return [each for each in found if each]

    def _named(self, kind: str, value: object) -> type[BaseModel] | None:
        if isinstance(value, KINDS[kind]):
            return type(value)
        name = value.get("name") if isinstance(value, Mapping) else value
        try:
            return self._registry.component(kind, name).settings if isinstance(name, str) else None
        except UnknownNameError:
            return None

    def _nothing_inside(self, groups: Iterable[_Group], step: str, around: Sequence[str]) -> str:
        """Why a setting has no settings in it; nothing for an unknown part, which is told where it stands."""
        known = [group for group in groups if step in group.model.model_fields]
        if not known:
            return self._unknown(groups, step, around)
        if not any(_kind_of(group, step) for group in known):
            return f"{step} is a single value, without settings of its own"
        return "" if any(group.table.get(step) for group in known) else f"there is no {step}, nor is one tried"

    def _unknown(self, groups: Iterable[_Group], step: str, around: Sequence[str]) -> str:
        """The message for a setting that none of some groups has."""
        hidden = () if around else (*_COMPARED_BY, *_NOT_SEARCHED)
        names = dict.fromkeys(name for group in groups for name in group.model.model_fields)
        known = [name for name in names if name not in ("name", *hidden)]
        nested = [
            f"{name}.{inner}"
            for group in groups
            for name in group.model.model_fields
            if name not in hidden
            for each in self._inside(group, name, ".".join((*around, name)))
            for inner in each.model.model_fields
            if inner != "name"
        ]
        same = [path for path in nested if path.endswith(f".{step}")]
        guess = f"; did you mean {same[0]!r}?" if same else did_you_mean(step, [*known, *nested], otherwise=";")
        where = ".".join(around)
        return f"unknown setting{guess} settings{f' of {where}' if where else ''}: {listed(known)}"

    def _name_faults(self, kind: str, tried: SearchRange) -> Iterator[Problem]:
        """What is wrong with the names that are tried for a part."""
        if tried.choice is None:
            yield Problem(tried.kind, "a name is not a number; use choice")
        for index, value in enumerate(tried.choice or ()):
            try:
                self._registry.component(kind, str(value))
            except UnknownNameError as error:
                yield Problem(f"choice[{index}]", str(error))

    def _faults(self, model: type[BaseModel], name: str, tried: SearchRange) -> Iterator[Problem]:
        """What is wrong with the values that are tried for a setting, each by itself."""
        alone = _alone(model, name)

        def faults(value: object) -> list[Problem]:
            try:
                alone.model_validate({name: value}, context={"registry": self._registry})
            except ValidationError as error:
                return [each._replace(place=each.place.removeprefix(name)) for each in problems_of(error)]
            return []

        if tried.choice is not None:
            for index, value in enumerate(tried.choice):
                yield from (each._replace(place=f"choice[{index}]{each.place}") for each in faults(value))
            return
        ends = getattr(tried, tried.kind)
        wrong = [fault for end in ends for fault in faults(end)]
        between = "" if wrong or tried.kind == "int" else next((each.message for each in faults(_between(ends))), "")
        yield from (each._replace(place=tried.kind) for each in wrong)
        if between:
            yield Problem(tried.kind, f"{between}; use int")


def _between(ends: tuple[float, float]) -> float:
    """A number with a fraction, wherever there is one for settings that take whole numbers."""
    middle = (ends[0] + ends[1]) / 2
    half = math.floor(middle) + 0.5
    return half if ends[0] < half < ends[1] else middle


@cache
def _validator() -> TypeAdapter[SearchSpace]:
    """What to make takes longer than to read a configuration."""
    return TypeAdapter(SearchSpace)


@cache
def _alone(model: type[BaseModel], name: str) -> type[Settings]:
    """Settings of which there is one alone, that of a model."""
    field = model.model_fields[name]
    made: type[Settings] = create_model("Searched", __base__=Settings, **{name: (field.annotation, field)})  # type: ignore[call-overload]
    return made


def _kind_of(group: _Group, step: str) -> str | None:
    """The kind of the part that a setting chooses; None for other settings."""
    bases = {base: kind for kind, base in KINDS.items()}
    return next((bases[each] for each in _leaves(group.model.model_fields[step]) if each in bases), None)


def models_of(field: FieldInfo) -> Iterator[type[BaseModel]]:
    """The classes of the tables of settings that a setting can be."""
    return (each for each in _leaves(field) if isinstance(each, type) and issubclass(each, BaseModel))


def _leaves(field: FieldInfo) -> tuple[Any, ...]:
    """The types that a single value can have; what stands in a list has no path."""
    annotation: Any = field.annotation
    options = get_args(annotation) if type(None) in get_args(annotation) else (annotation,)
    return tuple(get_args(each)[0] if hasattr(each, "__metadata__") else each for each in options)


def _as_table(value: object) -> Mapping[Any, Any]:
    if isinstance(value, BaseModel):
        return value.model_dump()
    return value if isinstance(value, Mapping) else {}
