"""The base of every settings model: frozen, complete, and helpful about what it does not know."""

from collections.abc import Iterator, Mapping, MappingView
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from zoo_core.common.errors import Problem
from zoo_core.common.messages import counted, did_you_mean, listed
from zoo_core.parts.validation_messages import message_for

__all__ = ["UNKNOWN_SETTING", "Settings", "custom_error", "problems_of", "rethrown"]

UNKNOWN_SETTING = "unknown_setting"
"""The error type of a key that its model does not have."""
_MOST_EXPLAINED = 50
"""Problems of one group of settings that are explained; a list of thousands can have as many."""
_LONGEST_KEY = 60
_INT64 = 2**63
_FLOAT32_TINY, _FLOAT32_MAX = 1.1754943508222875e-38, 3.4028234663852886e38
"""The numbers of float32, in which every engine computes; smaller ones than the first lose digits, or become 0."""


class Settings(BaseModel):
    """A frozen pydantic model that refuses unknown keys and suggests the near ones.

    What a setting is for stands in a string below it. (pydantic's `use_attribute_docstrings`
    would read the source of every class when it is made; `zoo_core.parts.description` reads it when
    it is asked for.)
    """

    # `zoo list` validates nothing, so that it need not wait until every model can. For its sake, too, the modules
    # with settings of parts do without `from __future__ import annotations`: pydantic compiles an annotation that is a
    # string once more for each subclass.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, defer_build=True)
    _read_before: ClassVar[tuple[str, ...]] = ()
    """Keys of tables that whoever reads them takes out, before the rest is validated here."""

    # One validator for all of this: pydantic binds each one anew for every class of settings.
    @field_validator("*", mode="wrap")
    @classmethod
    def _as_meant(cls, given: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        if info.field_name:
            _refuse_what_is_read_otherwise(given, cls.model_fields[info.field_name])
        value = handler(given)
        _refuse_what_no_machine_can_hold(value)
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _say_it_plainly(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            faults = error.errors(include_url=False)
            lines = [cls._explained(detail) for detail in faults[:_MOST_EXPLAINED]]
            if more := len(faults) - len(lines):
                lines.append(custom_error("more", f"and {counted(more, 'more problem')}", (), None))
            raise ValidationError.from_exception_data(cls.__name__, lines) from None

    @classmethod
    def _explained(cls, detail: Any) -> InitErrorDetails:
        if detail["type"] in ("extra_forbidden", "invalid_key") and len(detail["loc"]) == 1:
            name = str(detail["loc"][0])
            return custom_error(UNKNOWN_SETTING, cls.about_unknown(name), (name,), detail["input"])
        return rethrown(detail)

    @classmethod
    def about_unknown(cls, name: str) -> str:
        """The message for a setting that there is not."""
        known = [*(each for each in cls.model_fields if each != "name"), *cls._read_before]
        guess = did_you_mean(name, known, otherwise=";")
        return f"unknown setting{guess} settings{cls._of_whom()}: {listed(known)}"

    @classmethod
    def _of_whom(cls) -> str:
        """The component in a message; a group without a name is identified by the path of the problem."""
        name = cls.model_fields["name"].default if "name" in cls.model_fields else None
        return f" of {name!r}" if isinstance(name, str) else ""


def _refuse_what_is_read_otherwise(given: object, field: FieldInfo) -> None:
    # pydantic makes a list of a set in the order of its hashes, which is another one in each process.
    if (what := _without_order(given)) and not _is_set(field):
        raise ValueError(f"should be a list, which keeps its order, not {what}")
    # Python counts True as 1, and pydantic follows; nobody who writes it means a number.
    if _has_bool(given) and _is_numeric(field):
        raise ValueError("should be a number, not true or false")


def _refuse_what_no_machine_can_hold(value: object) -> None:
    for number in _numbers(value):
        if isinstance(number, int) and not -_INT64 <= number < _INT64:
            raise ValueError("should be a whole number of 64 bits, from -2^63 to below 2^63")
        if isinstance(number, float) and number and not _FLOAT32_TINY <= abs(number) <= _FLOAT32_MAX:
            raise ValueError(
                f"should be a number that fits into 32 bits: 0, or {_FLOAT32_TINY:.2g} to {_FLOAT32_MAX:.2g}"
            )


def _has_bool(value: object, depth: int = 2) -> bool:
    """Whether a value is a truth value, or a list of them, or a list of lists."""
    if depth and isinstance(value, list | tuple):
        return any(_has_bool(each, depth - 1) for each in value)
    return isinstance(value, bool)


def _without_order(value: object, depth: int = 2) -> str | None:
    """What a value is that has no order, or can be read only once; or what is in a list, or in a list of lists."""
    if isinstance(value, AbstractSet | MappingView):
        return "a set" if isinstance(value, set | frozenset) else f"a {type(value).__name__}"
    if isinstance(value, Iterator):
        return f"a {type(value).__name__}"
    if depth and isinstance(value, list | tuple):
        return next(filter(None, (_without_order(each, depth - 1) for each in value)), None)
    return None


def _is_set(field: FieldInfo) -> bool:
    """Whether a field is a set by its type, so that no order is lost."""
    return any(get_origin(each) in (set, frozenset) for each in (field.annotation, *get_args(field.annotation)))


def _numbers(value: object) -> Iterator[int | float]:
    """The numbers of a value, of its lists and tables; settings within it have looked at theirs."""
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _numbers(each)
    elif isinstance(value, Mapping):
        yield from _numbers(tuple(value.values()))


def _is_numeric(field: FieldInfo) -> bool:
    leaves = set(_leaves(field.annotation))
    return bool(leaves & {int, float}) and bool not in leaves


def _leaves(annotation: object) -> list[object]:
    arguments = get_args(annotation)
    return [leaf for argument in arguments for leaf in _leaves(argument)] if arguments else [annotation]


def custom_error(kind: str, message: str, loc: tuple[int | str, ...], given: Any) -> InitErrorDetails:
    """One line of a ValidationError in our own words."""
    # The message goes in as context: pydantic would read braces in a template as fields.
    return InitErrorDetails(type=PydanticCustomError(kind, "{text}", {"text": message}), loc=loc, input=given)


def rethrown(detail: Any) -> InitErrorDetails:
    """A line of `ValidationError.errors()`, in our words, in the form in which it can be raised again."""
    return custom_error(detail["type"], message_for(detail), detail["loc"], detail["input"])


def problems_of(error: ValidationError) -> list[Problem]:
    """The lines of a validation error as paths of settings and plain words."""
    return [Problem(_dotted(detail["loc"]), message_for(detail)) for detail in error.errors(include_url=False)]


def _short(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY else f"{key[:_LONGEST_KEY]}..."


def _dotted(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{_short(part)}"
    return path.removeprefix(".")
