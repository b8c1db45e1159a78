"""The commands as typer reads them, each imported when it is called."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer

from zoo_core.cli.commands import COMMANDS, GROUPS
from zoo_core.cli.garbage import collect_garbage_from_now_on
from zoo_core.cli.help import ZooCommand, ZooGroup, epilog_of
from zoo_core.cli.needs import require_engine
from zoo_core.cli.plugin_commands import plugin_command, plugin_commands
from zoo_core.cli.signatures import signature_of
from zoo_core.common.errors import UnknownNameError
from zoo_core.common.messages import did_you_mean, listed

__all__ = ["DEBUG", "HELP", "zoo_program"]

HELP = ["-h", "--help"]
DEBUG = "--debug"


class _Commands(ZooGroup):
    """Imports a command when it is called, not when it is listed.

    Attributes:
        beginning: first words of the commands that are listed, with a space after it.
    """

    beginning = ""

    def list_commands(self, ctx: Any) -> list[str]:
        known = [*COMMANDS, *plugin_commands()] if not self.beginning else COMMANDS
        names = [name.removeprefix(self.beginning) for name in known if name.startswith(self.beginning)]
        # A shell completes word by word.
        return list(dict.fromkeys(name.partition(" ")[0] for name in names)) if ctx.resilient_parsing else names

    def get_command(self, ctx: Any, cmd_name: str) -> ZooCommand | None:  # noqa: ARG002 -- typer's signature
        name = f"{self.beginning}{cmd_name}"
        told = COMMANDS[name].help if name in COMMANDS else GROUPS.get(name) or plugin_commands().get(name)
        return ZooCommand(cmd_name, help=told) if told else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        first, *rest = args
        if first in GROUPS and (not rest or rest[0] in HELP):
            return first, _group(first), HELP[-1:]
        words = 2 if first in GROUPS else 1
        name = " ".join(args[:words])
        rest = args[words:]
        if name not in COMMANDS and name in plugin_commands():
            return name, plugin_command(name, _made), rest
        if name not in COMMANDS and ctx.resilient_parsing:
            return None, None, []
        if name not in COMMANDS:
            known = [*COMMANDS, *plugin_commands()]
            guess = did_you_mean(name, known, otherwise=";")
            if name in ("help", "version"):  # options here, and commands elsewhere
                guess = f"; did you mean {' '.join(['zoo', *rest, f'--{name}'])!r}?"
            raise UnknownNameError(f"no command is named {name!r}{guess} commands: {listed(known)}")
        if ctx.resilient_parsing and rest and rest[-1].startswith("-"):
            rest = rest[:-1]  # an option whose value is asked for: nothing would be read where that is missing
        if not ctx.resilient_parsing:
            require_engine(name, rest)
        return name, _command(name, light=ctx.resilient_parsing or not {*HELP}.isdisjoint(rest)), rest


def _group(word: str) -> _Commands:
    """What tells the commands that begin with a word."""
    group = _Commands(name=word, help=GROUPS[word], context_settings={"help_option_names": HELP})
    group.beginning = f"{word} "
    return group


def _command(name: str, *, light: bool) -> Any:
    """A command; a light one explains itself and is completed, but cannot be called."""
    place = COMMANDS[name]
    module = f"{__package__}.{place.module}"
    return _made(name, (signature_of if light else _function)(module, place.function))


@cache
def _made(name: str, function: Callable[..., Any]) -> Any:
    app = typer.Typer(add_completion=False, context_settings={"help_option_names": HELP})
    # typer would keep the line breaks of all paragraphs but the first.
    told = re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.getdoc(function) or "")
    app.command(name, cls=ZooCommand, help=told, epilog=epilog_of(name))(function)
    return typer.main.get_command(app)


def _function(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


@cache
def zoo_program() -> Any:
    """What typer runs: every command, those of plugins too."""
    app = typer.Typer(cls=_Commands, context_settings={"help_option_names": HELP})
    app.callback()(_zoo)
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from zoo_core.common.versions import core_version

        typer.echo(f"zoo {core_version()}")
        raise typer.Exit


def _zoo(
    version: Annotated[  # noqa: ARG001 -- its callback has done what it asks for
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[  # noqa: ARG001 -- taken out before, wherever it stands
        bool, typer.Option(DEBUG, help="Show tracebacks of errors; works with any command.")
    ] = False,
) -> None:
    """Object detectors picked by name or combined from parts, checked before anything runs.

    CONFIG is the name of a detector or a YAML, TOML or JSON file.
    """
    collect_garbage_from_now_on()
