"""A command that a plugin adds to ``zoo``."""

from __future__ import annotations

import re
import reprlib
from dataclasses import dataclass

from zoo_core.common.errors import PluginError

__all__ = ["Command", "check_command"]


@dataclass(frozen=True)
class Command:
    """A command, of which all but this is imported when it is called.

    Args:
        name: the word after ``zoo``: lower-case letters, digits and hyphens.
        target: ``"package.module:function"``. The signature of the function says arguments and options, as typer
            reads it; it returns the exit code, None for 0, and a `ZooError` that it raises is told in one line.
        help: what it is for, in a sentence that ``zoo --help`` shows.
    """

    name: str
    target: str
    help: str


def check_command(given: object) -> Command:
    """What a hook returned, if it is what the hook asks for.

    Raises:
        PluginError: it is not.
    """
    if not isinstance(given, Command):
        raise PluginError(f"zoo_commands() should return Command objects; got {reprlib.repr(given)}")
    if not (isinstance(given.name, str) and re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", given.name)):
        name = reprlib.repr(given.name)
        raise PluginError(f"name of a Command should be one word of lower-case letters, digits and hyphens; got {name}")
    if not (isinstance(given.target, str) and re.fullmatch(r"[\w.]+:\w+", given.target)):
        target = reprlib.repr(given.target)
        raise PluginError(f"the target of command {given.name!r} should be 'package.module:function'; got {target}")
    if not (isinstance(given.help, str) and given.help.strip()):
        raise PluginError(f"help of command {given.name!r} should say what it is for; got {reprlib.repr(given.help)}")
    return given
