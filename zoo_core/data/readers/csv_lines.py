"""Reads CSV files line by line, so that neither their size nor what they hold fills the memory."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TextIO

from zoo_core.common.errors import DatasetError
from zoo_core.common.reading import reading

__all__ = ["Row", "csv_lines", "csv_table"]

Row = tuple[int, Mapping[str, str]]
"""The number of a line, and its cells by the names of their columns; short lines lack the last."""
Columns = Callable[[Sequence[str]], tuple[Sequence[str], bool]]

_MOST_BYTES = 1 << 32
"""A larger file is not read: OpenImages' largest has half of this."""
_DELIMITERS = (",", ";", "\t")
_LONGEST_LINE = 1 << 20
"""Characters; a file without line breaks is not CSV."""


def csv_table(path: Path, columns_of: Columns) -> Iterator[Row]:
    """The lines that are not blank, but for the one that names the columns.

    Args:
        path: path of the file.
        columns_of: called with the cells of the first line; gives the names of the columns, and whether
            that line is one of the table itself. It raises where columns are missing.

    Raises:
        DatasetError: the file cannot be read, or is not CSV in UTF-8.
    """
    with closing(csv_lines(path)) as lines:
        first = next(lines, (1, []))
        columns, is_row = columns_of(first[1])
        for number, cells in itertools.chain([first] if is_row else [], lines):
            yield number, dict(zip(columns, cells, strict=False))


def csv_lines(path: Path) -> Generator[tuple[int, list[str]]]:
    """The number and the cells of each line that is not blank.

    Raises:
        DatasetError: the file cannot be read, or is not CSV in UTF-8.
    """
    with reading(path, DatasetError, _MOST_BYTES) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        reader = csv.reader(_bounded(text, path), strict=True, delimiter=_delimiter(text))
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, cells
        except (csv.Error, UnicodeDecodeError) as error:
            raise DatasetError(f"{path}: is not CSV in UTF-8 ({error}); write it again") from None


def _delimiter(text: TextIO) -> str:
    """What parts the cells of the first line: a comma, else what spreadsheets of other languages write."""
    try:
        first = text.readline(_LONGEST_LINE)
    except UnicodeDecodeError:  # told when its lines are read
        first = ""
    text.seek(0)
    return next((each for each in _DELIMITERS if each in first), _DELIMITERS[0])


def _bounded(file: TextIO, path: Path) -> Iterator[str]:
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise DatasetError(f"{path}: is not CSV: one of its lines has more than {_LONGEST_LINE} characters")
        yield line
