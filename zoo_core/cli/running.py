"""Runs a command, whatever it throws.

A command returns its exit code, or None when all went well, and raises `ZooError` for what the user has to know.
"""

from __future__ import annotations

import faulthandler
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import typer

from zoo_core.cli.program import DEBUG, HELP, zoo_program
from zoo_core.cli.shown_warnings import show_in_words
from zoo_core.cli.threads import end_threads
from zoo_core.common.errors import ArgumentError, ZooError
from zoo_core.common.interrupts import end_by_exceptions
from zoo_core.common.messages import printable_message
from zoo_core.common.optional_packages import OPTIONAL, missing

__all__ = ["run"]


_COMPLETE = "_ZOO_COMPLETE"
"""Is set by a shell that asks what may come next."""
_INTERRUPTED = 130
"""What shells say of a program that was ended by Ctrl-C."""


def run(arguments: Sequence[str] | None) -> int:
    """See `zoo_core.cli.main`."""
    _prepare_streams()
    show_in_words()
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
            zoo_program().main([], prog_name="zoo", standalone_mode=False)
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
    options = [each for each in arguments[:end] if each != DEBUG]
    return [*options, *arguments[end:]] or HELP[-1:], len(options) < end


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
        code = zoo_program().main(arguments, prog_name="zoo", standalone_mode=False)
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
