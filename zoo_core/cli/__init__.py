"""The command ``zoo``.

Each command is a thin module that is imported when the command is called, so that ``zoo
list`` pays for nothing that ``zoo train`` needs. A command returns its exit code, or None
when all went well, and raises `ZooError` for what the user has to know.
"""

from __future__ import annotations

import faulthandler
import importlib
import inspect
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Annotated, Any, NamedTuple

import typer

from zoo_core.cli.help import ZooCommand, ZooGroup, epilog_of
from zoo_core.cli.needs import require_engine
from zoo_core.cli.plugin_commands import plugin_command, plugin_commands
from zoo_core.cli.signatures import signature_of
from zoo_core.cli.threads import end_threads
from zoo_core.common.errors import ArgumentError, UnknownNameError, ZooError
from zoo_core.common.interrupts import end_by_exceptions
from zoo_core.common.messages import did_you_mean, listed, printable_message
from zoo_core.common.optional_packages import OPTIONAL, missing

__all__ = ["main"]


class _Place(NamedTuple):
    """Where a command is (module of this package, and function), and the first sentence of its help."""

    module: str
    function: str
    help: str


_COMMANDS = {
    "list": _Place("listing", "list_parts", "List detectors, parts, or published weights."),
    "show": _Place("showing", "show", "Show a detector or a configuration with its plan, or a part with its settings."),
    "check": _Place("checking", "check", "Check that the parts of a configuration fit together."),
    "anchors": _Place(
        "anchors",
        "anchors",
        "Report how well a detector's anchors cover its training images, and propose better ones.",
    ),
    "train": _Place("training", "train", "Train a detector, score it, and show some of its detections."),
    "tune": _Place("tuning", "tune", "Train a detector with different settings, and keep the best."),
    "eval": _Place(
        "evaluating",
        "evaluate_run",
        "Score trained detectors, or detections of other tools, with the metrics of Pascal VOC and COCO.",
    ),
    "predict": _Place("predicting", "predict", "Detect objects in pictures and videos, print them, and draw them."),
    "serve": _Place(
        "serving", "serve", "Serve detectors over HTTP: a page for people at /, and for programs what /docs explains."
    ),
    "export": _Place("exporting", "export", "Export a trained detector to one ONNX file, and verify it."),
    "convert": _Place(
        "converting", "convert_run", "Prepare a run, or weights of GluonCV, for PyTorch on machines without MXNet."
    ),
    "bench": _Place("benching", "bench_run", "Measure a detector's time, memory and operations on each engine."),
    "data check": _Place(
        "data", "check", "Report what is in a data set and what is wrong with it; exit 2 if training would refuse it."
    ),
    "data show": _Place("data", "show", "Draw the boxes of a data set on its images, before and after augmentation."),
    "cluster start": _Place("cluster", "start", "Print what to run on each machine, so that they become a cluster."),
    "plugins": _Place("plugins", "plugins", "List the installed plugins; exit 1 if one is broken."),
    "plugin new": _Place("plugin", "new", "Create a working plugin to start from."),
    "doctor": _Place("doctor", "doctor", "Check the installation; exit 1 if something is wrong."),
}
"""The commands, of one word or two, in the order of ``zoo --help``, which says what each is for without its import."""

_GROUPS = {"data": "Inspect a data set.", "cluster": "Make a cluster of machines.", "plugin": "Create a plugin."}
"""The first words of commands of two, and what those commands are for."""

_HELP = ["-h", "--help"]
_DEBUG = "--debug"
_COMPLETE = "_ZOO_COMPLETE"
"""Is set by a shell that asks what may come next."""
_INTERRUPTED = 130
"""What shells say of a program that was ended by Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; for users `arguments` are those of the process.

    Returns:
        The exit code: 0 done, 1 failed while running, 2 the input is wrong, 130 interrupted.
    """
    _prepare_streams()
    if _COMPLETE in os.environ:
        return _complete()
    if arguments is not None:
        return _guarded(list(arguments))
    _tell_crashes()
    end_by_exceptions()
    try:
        code = _guarded(sys.argv[1:])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    end_threads(code)
    return code


def _guarded(arguments: list[str]) -> int:
    """Run a command, whatever it throws."""
    given, debug = _without_debug(arguments or ["--help"])
    try:
        code = _run(given)
    except (ZooError, typer.TyperException) as error:
        code = _report(error, error.format_message() if isinstance(error, typer.TyperException) else str(error), debug)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` perhaps, has seen enough. Python would complain when it flushes at the end.
        sys.stdout = None
        return 0
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # which click makes a failure of
            return 0
        raise
    except BaseException as error:  # noqa: BLE001 -- the last net: what an engine, a plugin or the zoo itself throws
        from zoo_core.cli.unexpected import in_one_line

        code = _report(error, in_one_line(error), debug)
        with suppress(OSError):
            _flush()
    if code == _INTERRUPTED:  # typer makes it of Ctrl-C, too
        print("zoo: interrupted", file=sys.stderr)  # noqa: T201 -- the last word of the command line
    return code


def _complete() -> int:
    """Tell a shell what may come next; nothing where that cannot be said."""
    from zoo_core.cli.completion import bash_words

    os.environ["COLUMNS"] = "10000"  # fish takes a second line of an explanation for another word
    try:
        with bash_words():
            _program().main([], prog_name="zoo", standalone_mode=False)
    except SystemExit as asked:
        return int(asked.code or 0)
    except Exception:  # noqa: BLE001 -- a trace would come to stand in the line that somebody writes
        return 1
    return 0


def _report(error: BaseException, message: str, debug: bool) -> int:
    """Say what ended a command, and return the exit code."""
    if debug:
        import traceback

        traceback.print_exception(error)
    print(f"zoo: {printable_message(message)}", file=sys.stderr)  # noqa: T201 -- the last word of the command line
    return error.exit_code if isinstance(error, ZooError | typer.TyperException) else 1


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments without --debug, which may stand anywhere before ``--``, and whether it was there."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [each for each in arguments[:end] if each != _DEBUG]
    return [*options, *arguments[end:]] or _HELP[-1:], len(options) < end


def _prepare_streams() -> None:
    """Let nothing that is printed end a command: a closed output takes it nowhere, a foreign letter is escaped."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 -- for the whole process


def _tell_crashes() -> None:
    """Let a crash in native code, of an engine or of OpenCV, say in which line of Python; by itself it says nothing."""
    with suppress(OSError, ValueError):  # where what is printed goes nowhere
        faulthandler.enable()


def _run(arguments: list[str]) -> int:
    if "" in arguments:  # which would mean the current folder, or be passed over
        raise ArgumentError(f"argument {arguments.index('') + 1} is empty; was a shell variable not set?")
    try:
        code = _program().main(arguments, prog_name="zoo", standalone_mode=False)
        _flush()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OPTIONAL:
            raise missing(error) from error
        raise
    return code or 0


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = None  # Python would try again at its end, and complain
        raise OSError(error.errno, error.strerror, "the standard output") from error


class _Commands(ZooGroup):
    """Imports a command when it is called, not when it is listed.

    Attributes:
        beginning: first words of the commands that are listed, with a space after it.
    """

    beginning = ""

    def list_commands(self, ctx: Any) -> list[str]:
        known = [*_COMMANDS, *plugin_commands()] if not self.beginning else _COMMANDS
        names = [name.removeprefix(self.beginning) for name in known if name.startswith(self.beginning)]
        # A shell completes word by word.
        return list(dict.fromkeys(name.partition(" ")[0] for name in names)) if ctx.resilient_parsing else names

    def get_command(self, ctx: Any, cmd_name: str) -> ZooCommand | None:  # noqa: ARG002 -- typer's signature
        name = f"{self.beginning}{cmd_name}"
        told = _COMMANDS[name].help if name in _COMMANDS else _GROUPS.get(name) or plugin_commands().get(name)
        return ZooCommand(cmd_name, help=told) if told else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        first, *rest = args
        if first in _GROUPS and (not rest or rest[0] in _HELP):
            return first, _group(first), _HELP[-1:]
        words = 2 if first in _GROUPS else 1
        name = " ".join(args[:words])
        rest = args[words:]
        if name not in _COMMANDS and name in plugin_commands():
            return name, plugin_command(name, _made), rest
        if name not in _COMMANDS and ctx.resilient_parsing:
            return None, None, []
        if name not in _COMMANDS:
            known = [*_COMMANDS, *plugin_commands()]
            guess = did_you_mean(name, known, otherwise=";")
            raise UnknownNameError(f"no command is named {name!r}{guess} commands: {listed(known)}")
        if ctx.resilient_parsing and rest and rest[-1].startswith("-"):
            rest = rest[:-1]  # an option whose value is asked for: nothing would be read where that is missing
        if not ctx.resilient_parsing:
            require_engine(name, rest)
        return name, _command(name, light=ctx.resilient_parsing or not {*_HELP}.isdisjoint(rest)), rest


def _group(word: str) -> _Commands:
    """What tells the commands that begin with a word."""
    group = _Commands(name=word, help=_GROUPS[word], context_settings={"help_option_names": _HELP})
    group.beginning = f"{word} "
    return group


def _command(name: str, *, light: bool) -> Any:
    """A command; a light one explains itself and is completed, but cannot be called."""
    place = _COMMANDS[name]
    module = f"{__name__}.{place.module}"
    return _made(name, (signature_of if light else _function)(module, place.function))


@cache
def _made(name: str, function: Callable[..., Any]) -> Any:
    app = typer.Typer(add_completion=False, context_settings={"help_option_names": _HELP})
    # typer would keep the line breaks of all paragraphs but the first.
    told = re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.getdoc(function) or "")
    app.command(name, cls=ZooCommand, help=told, epilog=epilog_of(name))(function)
    return typer.main.get_command(app)


def _function(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


@cache
def _program() -> Any:
    app = typer.Typer(cls=_Commands, context_settings={"help_option_names": _HELP})
    app.callback()(_zoo)
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from zoo_core.common.versions import core_version

        typer.echo(f"zoo {core_version()}")
        raise typer.Exit


def _zoo(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option(_DEBUG, help="Show tracebacks of errors; works with any command.")] = False,
) -> None:
    """Object detectors picked by name or combined from parts, checked before anything runs.

    CONFIG is the name of a detector or a YAML, TOML or JSON file.
    """
