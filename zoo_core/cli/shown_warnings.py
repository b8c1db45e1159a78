"""How warnings look on the command line."""

from __future__ import annotations

import warnings
from typing import TextIO

from zoo_core.cli.output import print_line
from zoo_core.common.errors import MissingPartsWarning

__all__ = ["show_in_words"]

_pythons_way = warnings.showwarning


def show_in_words() -> None:
    """Show warnings of the zoo in words from now on, and any other as Python does."""
    warnings.showwarning = _show


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    if not issubclass(category, MissingPartsWarning):
        _pythons_way(message, category, filename, lineno, file, line)
        return
    first, *others = str(message).splitlines()
    for each in (f"zoo: {first}", *others):
        print_line(each, error=True)
