"""Settings near to given ones, drawn from what their model allows: those that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from zoo_core.parts.components import ComponentSettings

__all__ = ["changes", "variants"]

_Read = Callable[[dict[str, Any]], ComponentSettings]


def variants(settings: ComponentSettings, read: _Read) -> SearchStrategy[ComponentSettings]:
    """Other settings of the same part, the given ones among them as the simplest.

    Numbers are halved, doubled, or at a bound that is near; lists lose an item or get one more; of choices every one
    is tried. So a part that is built of them is about as large. What the model refuses is not drawn.

    Args:
        settings: of the part.
        read: makes settings of a table, or raises a ValueError.
    """

    def made(table: dict[str, Any]) -> ComponentSettings | None:
        try:
            return read(table)
        except ValueError:
            return None

    drawn = _near_table(settings.model_dump(), type(settings)).map(made)
    return drawn.filter(lambda each: each is not None)  # type: ignore[return-value]  # mypy does not see what it does


def changes(settings: ComponentSettings, other: ComponentSettings) -> str:
    """In which settings one differs from the other: ``clip=True, sizes=((0.2,),)``; empty where in none."""
    names = [name for name in type(other).model_fields if getattr(other, name) != getattr(settings, name)]
    return ", ".join(f"{name}={getattr(other, name)!r}" for name in names)


def _near_table(values: Mapping[str, Any], model: type[BaseModel]) -> SearchStrategy[dict[str, Any]]:
    fields = {
        name: st.just(values[name]) if name == "name" else _near(values[name], field.annotation, field.metadata)
        for name, field in model.model_fields.items()
    }
    return st.fixed_dictionaries(fields)


def _near(value: Any, hint: Any, constraints: Iterable[Any] = ()) -> SearchStrategy[Any]:
    """A value near to one of settings, itself the simplest, as its type and constraints on it allow."""
    kind, inner = get_origin(hint), get_args(hint)
    if kind is Annotated:
        hint, *more = inner
        return _near(value, hint, [*constraints, *_flat(more)])
    if kind in (Union, UnionType):
        others = [_near(value, each, constraints) for each in inner if each is not NoneType]
        return st.one_of(st.just(value), *([st.none()] if NoneType in inner else []), *others)
    if isinstance(hint, type) and issubclass(hint, BaseModel) and isinstance(value, Mapping):
        return _near_table(value, hint)
    if kind in (tuple, list) and isinstance(value, tuple | list) and value:
        return _near_list(value, inner)
    near = [value, *_choices(hint), *_numbers(value, hint, constraints)]
    return st.sampled_from([each for index, each in enumerate(near) if each not in near[:index]])


def _near_list(values: Sequence[Any], hints: tuple[Any, ...]) -> SearchStrategy[list[Any]]:
    """With another item; where its length is free, also with one less or one more."""
    any_length = len(hints) == 1 or hints[-1] is Ellipsis
    others = [
        _near(each, hints[0 if any_length else index]).map(partial(_replaced, values, index))
        for index, each in enumerate(values)
    ]
    lengths = [[*values[:-1]], [*values, values[-1]]] if any_length else []
    return st.one_of(st.just([*values]), *map(st.just, lengths), *others)


def _replaced(values: Sequence[Any], index: int, item: Any) -> list[Any]:
    return [*values[:index], item, *values[index + 1 :]]


def _choices(hint: Any) -> Iterator[Any]:
    """All values of a type that has few."""
    if hint is bool:
        yield from (False, True)
    elif get_origin(hint) is Literal:
        yield from get_args(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        yield from hint


def _numbers(value: Any, hint: Any, constraints: Iterable[Any]) -> Iterator[int | float]:
    """Numbers of about the same size, and bounds: shares and factors of 0 and 1 are cases of their own."""
    if hint is int and isinstance(value, int):
        yield from (value + 1, value - 1, 2 * value, value // 2)
    elif hint is float and isinstance(value, int | float):
        yield from (value / 2, 2 * value, 0.9 * value)
    elif hint in (int, float) and value is None:
        yield from (1, 3)
    if hint in (int, float):
        ends = (getattr(each, end, None) for each in constraints for end in ("ge", "le"))
        yield from (end for end in ends if isinstance(end, int | float) and abs(end) <= 1)


def _flat(constraints: Iterable[Any]) -> Iterator[Any]:
    """Constraints, and those that a ``Field(...)`` holds."""
    for each in constraints:
        yield from each.metadata if isinstance(each, FieldInfo) else [each]
