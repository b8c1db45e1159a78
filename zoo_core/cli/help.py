"""How commands explain themselves: usage and options in plain words, examples below; and what is a number to them."""

from __future__ import annotations

import math
import shutil
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from zoo_core.cli.examples import EXAMPLES
from zoo_core.common.errors import ArgumentError

__all__ = ["ZooCommand", "ZooGroup", "epilog_of"]

_WORDS = {"int": "N", "float": "NUMBER", "Path": "PATH"}
"""What stands for a value, by its type, where an option has no word of its own."""
_ROOM_FOR_FRAMES = 80
_RANGE = "_get_number_range_help_str"
"""By which typer asks an option for its limits."""


class ZooCommand(TyperCommand):
    """A command whose help says no names of types, and whose options are numbers where they should be."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters, that of the help among them."""
        return [_in_plain_words(each, ctx) for each in super().get_params(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; what is wrong with them is said as everywhere, and with what was meant."""
        given = list(args)
        try:
            return self._parsed(ctx, args)
        except typer.TyperException as error:
            from zoo_core.cli.mistyped import in_our_words  # only here, for it imports all settings

            options = [option for each in self.params for option in each.opts]
            message = None if ctx.resilient_parsing else in_our_words(error, given, options)
            if message is None:
                raise
            raise ArgumentError(message) from None

    def _parsed(self, ctx: Any, args: list[str]) -> list[str]:
        """As typer reads them; Python takes nan and inf for numbers, which no option means."""
        rest = super().parse_args(ctx, args)
        for each in self.params:
            value = ctx.params.get(each.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise typer.BadParameter(f"should be a number; given {value}", ctx=ctx, param_hint=f"'{each.opts[-1]}'")
        return rest

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help: in frames, or plainly where these would leave so little room that words were cut."""
        if _is_narrow():
            self.rich_markup_mode = None
        super().format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002 -- typer's signature
        """What the command is for; the whole of it, as it is a short sentence."""
        return self.help or ""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Options, and arguments by their names: ``RUN SOURCE...``, ``[KIND]``."""
        arguments = [each for each in self.get_params(ctx) if isinstance(each, TyperArgument)]
        names = [(each, each.metavar or str(each.name).upper()) for each in arguments]
        return ["[OPTIONS]", *(name if each.required else f"[{name}]" for each, name in names)]


class ZooGroup(TyperGroup):
    """The same for a group of commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters, that of the help among them."""
        return [_in_plain_words(each, ctx) for each in super().get_params(ctx)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, as that of commands."""
        if _is_narrow():
            self.rich_markup_mode = None
        super().format_help(ctx, formatter)


def _is_narrow() -> bool:
    return shutil.get_terminal_size().columns < _ROOM_FOR_FRAMES


def _in_plain_words(parameter: Any, ctx: Any) -> Any:
    """A parameter whose help shows a word for its value, and nothing where it has none."""
    if isinstance(parameter, TyperArgument):
        vars(parameter)["display_type"] = lambda _ctx: None  # its name and its help say it
    elif isinstance(parameter, TyperOption) and _RANGE not in vars(parameter):
        vars(parameter)[_RANGE] = lambda: None  # as 0<=x<=1, which the word says
        if parameter.is_flag:
            parameter.metavar = ""
        elif parameter.type_descriptor.is_choice:
            parameter.metavar = parameter.display_type(ctx).strip("<>")
        else:
            parameter.metavar = (parameter.metavar or _WORDS.get(parameter.bare_type(), "VALUE")) + _range_of(parameter)
    return parameter


def _range_of(option: TyperOption) -> str:
    if option.min is None:
        return ""
    return f" from {option.min:g}" + ("" if option.max is None else f" to {option.max:g}")


def epilog_of(command: str) -> str | None:
    """The examples of a command, as typer prints them: paragraphs become lines."""
    examples = EXAMPLES.get(command)
    return "\n\n".join(["Examples:", *examples]) if examples else None
