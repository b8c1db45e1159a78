"""The command ``zoo``.

Each command is a thin module that is imported when the command is called, so that ``zoo
list`` pays for nothing that ``zoo train`` needs. A command returns its exit code, or None
when all went well, and raises `ZooError` for what the user has to know.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from zoo_core.errors import UnknownNameError, ZooError, did_you_mean, listed

__all__ = ["main"]

_COMMANDS = {
    "list": "listing:list_parts",
    "show": "showing:show",
    "check": "checking:check",
    "plugins": "plugins:plugins",
    "doctor": "doctor:doctor",
    "train": "training:train",
    "eval": "evaluating:evaluate_run",
    "predict": "predicting:predict",
}
"""Where each command is: module of this package, and function."""

_INTERRUPTED = 130
"""What shells say of a program that was ended by Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; for users `arguments` are those of the process.

    Returns:
        The exit code: 0 done, 1 failed while running, 2 the input is wrong, 130 interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = _program().main(given, prog_name="zoo", standalone_mode=False)
        sys.stdout.flush()
    except (ZooError, typer.TyperException) as error:
        message = str(error) if isinstance(error, ZooError) else error.format_message()
        print(f"zoo: {message}", file=sys.stderr)  # noqa: T201 -- the last word of the command line
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` perhaps, has seen enough. Python would complain when it flushes at the end.
        sys.stdout = None
        return 0
    return code or 0


class _Commands(TyperGroup):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 -- typer's signature
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 -- typer's signature
        if cmd_name not in _COMMANDS:
            return None
        module, _, function = _COMMANDS[cmd_name].partition(":")
        command = typer.Typer(add_completion=False)
        command.command(cmd_name)(getattr(importlib.import_module(f"{__name__}.{module}"), function))
        return typer.main.get_command(command)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-"):
            guess = did_you_mean(name, _COMMANDS, otherwise=";")
            raise UnknownNameError(f"there is no command {name!r}{guess} commands: {listed(_COMMANDS)}")
        return super().resolve_command(ctx, args)


def _program() -> Any:
    app = typer.Typer(cls=_Commands, add_completion=False)
    app.callback()(_zoo)
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from zoo_core import __version__

        typer.echo(f"zoo {__version__}")
        raise typer.Exit


def _zoo(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Object detectors picked by name or combined from parts, checked before anything runs.

    CONFIG is the name of a detector or a YAML, TOML or JSON file.
    """
