"""What commands print: tables for people, plain when piped, and JSON for programs."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from zoo_core.common.messages import HARMFUL, one_line, printable

__all__ = [
    "print_contents",
    "print_heading",
    "print_json",
    "print_line",
    "print_problems",
    "print_table",
    "print_tables",
    "print_text",
    "screen_width",
]


def print_json(value: Any) -> None:
    """Print a value as indented JSON, in letters that the output has."""
    import json

    unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    text = json.dumps(value, indent=2, ensure_ascii=not unicode)
    typer.echo(HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def print_line(text: str = "", *, error: bool = False) -> None:
    """Print a line, to the standard error unless it is a result; control characters are written out."""
    typer.echo(printable(text), err=error)


def print_heading(text: str) -> None:
    """Print the title of what follows."""
    typer.secho(one_line(text), bold=True)


def screen_width() -> int:
    """The columns of the terminal; far more than any line has where the output is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize


def print_text(text: str, indent: int = 0) -> None:
    """Print a paragraph, wrapped where the screen of a terminal ends."""
    margin = " " * indent
    print_line(
        textwrap.fill(text, screen_width(), initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)
    )


def print_tables(tables: Any) -> None:
    """Print what knows its tables itself: fitted to the screen in a terminal, as its text elsewhere."""
    if not sys.stdout.isatty():
        print_line(str(tables).rstrip())
        return
    from rich.console import Console

    Console(highlight=False).print(tables)


def print_table(rows: Iterable[Sequence[Any]], columns: Sequence[str] = (), indent: int = 0) -> None:
    """Print rows below the names of their columns, the numbers to the right.

    In a terminal text is wrapped, and columns go below each other, where the screen is narrow. In a pipe every row
    is one line, whatever its length. Nothing is ever cut.
    """
    table = [[cell if isinstance(cell, int | float) else one_line(str(cell)) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_fitted(table, columns, indent)
    else:
        _print_plain(table, columns, indent)


def _print_plain(rows: list[list[Any]], columns: Sequence[str], indent: int) -> None:
    lines = [list(columns), *rows] if columns else rows
    widths = [max(len(str(cell)) for cell in column) for column in zip(*lines, strict=True)]
    numeric = _numeric(rows)
    for line in lines:
        cells = [
            str(cell).rjust(width) if right else str(cell).ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ]
        print_line((" " * indent + "  ".join(cells)).rstrip())


def _print_fitted(rows: list[list[Any]], columns: Sequence[str], indent: int) -> None:
    # rich takes 50 ms to import: only a terminal pays for it.
    from rich.console import Console
    from rich.padding import Padding

    from zoo_core.common.fitted_table import FittedTable

    table = FittedTable([[str(cell) for cell in row] for row in rows], columns)
    Console(highlight=False).print(Padding(table, (0, 0, 0, indent)))


def _numeric(rows: list[list[Any]]) -> list[bool]:
    return [all(isinstance(cell, int | float) for cell in column) for column in zip(*rows, strict=True)]


def print_contents(folder: Path, what: Mapping[str, str]) -> None:
    """Print what a folder holds.

    Args:
        folder: that was written.
        what: what each file and folder in it is for, by name; those that are not there are left out.
    """
    print_table([(name, meaning) for name, meaning in what.items() if (folder / name).exists()], indent=2)


def print_problems(problems: Sequence[str], most: int = 10) -> None:
    """Print what was wrong in the data and left out, to the standard error."""
    for problem in problems[:most]:
        print_line(f"zoo: {one_line(problem)}", error=True)
    if len(problems) > most:
        print_line(f"zoo: and {len(problems) - most} more of this kind", error=True)
