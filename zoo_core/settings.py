"""The base of every settings model: frozen, complete, and helpful about what it does not know."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import Self

from zoo_core.errors import Problem, closest, did_you_mean, listed

__all__ = ["UNKNOWN_SETTING", "Settings", "custom_error", "problems_of", "rethrown"]

UNKNOWN_SETTING = "unknown_setting"
"""The error type of a key that its model does not have."""


class Settings(BaseModel):
    """A frozen pydantic model that refuses unknown keys and suggests the near ones."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    @model_validator(mode="wrap")
    @classmethod
    def _explain_unknown_settings(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            raise ValidationError.from_exception_data(
                cls.__name__, [cls._explained(detail) for detail in error.errors(include_url=False)]
            ) from None

    @classmethod
    def _explained(cls, detail: Any) -> InitErrorDetails:
        if detail["type"] != "extra_forbidden" or len(detail["loc"]) != 1:
            return rethrown(detail)
        known = [name for name in cls.model_fields if name != "name"]
        guess = did_you_mean(str(detail["loc"][0]), known)
        message = f"unknown setting{guess or ';'} settings of {cls.title()}: {listed(known)}"
        return custom_error(UNKNOWN_SETTING, message, detail["loc"], detail["input"])

    @classmethod
    def title(cls) -> str:
        """What messages call this group of settings: the component's name where it has one."""
        field = cls.model_fields.get("name")
        return repr(field.default) if field and field.default else cls.__name__


def custom_error(kind: str, message: str, loc: tuple[int | str, ...], given: Any) -> InitErrorDetails:
    """One line of a ValidationError in our own words."""
    # The message goes in as context: pydantic would read braces in a template as fields.
    return InitErrorDetails(type=PydanticCustomError(kind, "{text}", {"text": message}), loc=loc, input=given)


def rethrown(detail: Any) -> InitErrorDetails:
    """A line of `ValidationError.errors()` in the form in which it can be raised again."""
    context = detail.get("ctx", {})
    if set(context) == {"text"}:
        return custom_error(detail["type"], context["text"], detail["loc"], detail["input"])
    return InitErrorDetails(type=detail["type"], loc=detail["loc"], input=detail["input"], ctx=context)


def problems_of(error: ValidationError) -> list[Problem]:
    """The lines of a validation error as places and plain words."""
    return [
        Problem(place=_dotted(detail["loc"]), message=_wording(detail)) for detail in error.errors(include_url=False)
    ]


def _dotted(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _wording(detail: Any) -> str:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if set(context) == {"text"}:
        return str(context["text"])
    if kind == "missing":
        return "is required, and was not given"
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if kind in ("literal_error", "enum"):
        allowed = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
        near = closest(str(given), allowed)
        return f"{message}; given {_short(given)}" + (f"; did you mean {near!r}?" if near else "")
    return f"{message}; given {_short(given)}"


def _short(value: Any, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
